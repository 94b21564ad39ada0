/**
 * Each shell hands the words and the one at the cursor to `eims __complete CURRENT WORD...`, which answers with lines of
 * `candidate TAB description`, or `:files`. The program asked is the one that is being typed.
 */
const bash = `# eims: completion for bash. Load it with: source <(./eims completion bash)
_eims() {
  local words=() current prefix='' index word line out
  # bash splits --flag=value at the = sign
  for ((index = 1; index < COMP_CWORD; index++)); do words+=("\${COMP_WORDS[index]}"); done
  current=\${COMP_WORDS[COMP_CWORD]}
  if [[ $current == '=' ]]; then current=
  elif [[ \${#words[@]} -gt 0 && \${words[-1]} == '=' ]]; then unset 'words[-1]'; fi
  COMPREPLY=()
  out=$("\${COMP_WORDS[0]/#\\~/$HOME}" __complete "$current" "\${words[@]}" 2>/dev/null) || return
  while IFS= read -r line; do
    if [[ $line == ':files' ]]; then compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$current"); return; fi
    [[ -n $line ]] && COMPREPLY+=("\${line%%$'\\t'*}")
  done <<<"$out"
}
complete -F _eims eims
`

const zsh = `#compdef eims
# eims: completion for zsh. Load it with: source <(./eims completion zsh)
_eims() {
  local -a candidates
  local line out text says
  out=$("\${(Q)words[1]/#\\~/$HOME}" __complete "\${(Q)words[CURRENT]}" "\${(@Q)words[2,CURRENT-1]}" 2>/dev/null) || return 1
  for line in "\${(@f)out}"; do
    if [[ $line == ':files' ]]; then _files; return; fi
    [[ -n $line ]] || continue
    text=\${line%%$'\\t'*} says=\${line#*$'\\t'}
    candidates+=("\${text//:/\\\\:}\${says:+:$says}")
  done
  _describe eims candidates
}
if ! (( $+functions[compdef] )); then autoload -Uz compinit && compinit; fi
compdef _eims eims
`

const fish = `# eims: completion for fish. Load it with: ./eims completion fish | source
function __eims_complete
    set -l words (commandline -opc)
    set -l out ($words[1] __complete (commandline -ct) $words[2..-1] 2>/dev/null)
    if test "$out" = ':files'
        __fish_complete_path (commandline -ct)
    else
        printf '%s\\n' $out
    end
end
complete -c eims -f -a '(__eims_complete)'
`

export const scripts: Record<string, string> = { bash, zsh, fish }

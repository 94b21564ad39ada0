#!/bin/sh
# Stands in for K3s's own installer where that is not to be had: does what a cluster that comes with its image makes that
# one do (K3s 1.33, install.sh with INSTALL_K3S_SKIP_DOWNLOAD=true), and notes how it was called.
set -eu

fatal() {
  echo "[ERROR]  $*" >&2
  exit 1
}

/usr/local/bin/k3s note install.sh "$@"

[ "${INSTALL_K3S_SKIP_DOWNLOAD:-}" = true ] || fatal 'nothing can be downloaded here'
bin=${INSTALL_K3S_BIN_DIR:-/usr/local/bin}
[ -x "$bin/k3s" ] || fatal "Executable k3s binary not found at $bin/k3s"

# the words of INSTALL_K3S_EXEC come first, as of a shell
eval set -- "${INSTALL_K3S_EXEC:-}" '"$@"'
case ${1:-} in
  '' | -*) command=server ;;
  *) command=$1 && shift ;;
esac
name=k3s
[ "$command" = server ] || name=k3s-$command
units=${INSTALL_K3S_SYSTEMD_DIR:-/etc/systemd/system}

# the service may read its token there, and nobody else
(umask 077 && env | grep -Ei '^(K3S_|CONTAINERD_|(NO|HTTP|HTTPS)_PROXY=)' >"$units/$name.service.env") || true
cat >"$units/$name.service" <<END
[Unit]
Description=Lightweight Kubernetes, stood in for
Wants=network-online.target
After=network-online.target

[Install]
WantedBy=multi-user.target

[Service]
Type=notify
EnvironmentFile=-/etc/default/%N
EnvironmentFile=-$units/$name.service.env
KillMode=process
Restart=always
RestartSec=5s
ExecStart=$bin/k3s $command $*
END
systemctl daemon-reload
[ "${INSTALL_K3S_SKIP_ENABLE:-}" = true ] || systemctl enable "$name" >/dev/null
[ "${INSTALL_K3S_SKIP_START:-}" = true ] || systemctl restart "$name"

// Renders the templates of golden.json with the real engine and writes what came out, or the error, beside each.
// Made with Go 1.26.8, github.com/Masterminds/sprig/v3 3.3.0 and sigs.k8s.io/yaml 1.6.0:
//
//	go mod init golden && go get github.com/Masterminds/sprig/v3@v3.3.0 sigs.k8s.io/yaml@v1.6.0 && go run .
package main

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"text/template"

	"github.com/Masterminds/sprig/v3"
	"sigs.k8s.io/yaml"
)

type vector struct {
	Template string  `json:"template"`
	Output   *string `json:"output,omitempty"`
	Error    string  `json:"error,omitempty"`
}

// integers are int, as in data that never was JSON; other numbers float64
func values(x any) any {
	switch v := x.(type) {
	case json.Number:
		if i, err := v.Int64(); err == nil && !strings.ContainsAny(string(v), ".eE") {
			return int(i)
		}
		f, _ := v.Float64()
		return f
	case []any:
		for i := range v {
			v[i] = values(v[i])
		}
	case map[string]any:
		for k := range v {
			v[k] = values(v[k])
		}
	}
	return x
}

func main() {
	text, err := os.ReadFile("golden.json")
	if err != nil {
		panic(err)
	}
	var in struct {
		Data    json.RawMessage `json:"data"`
		Vectors []vector        `json:"vectors"`
	}
	if err := json.Unmarshal(text, &in); err != nil {
		panic(err)
	}
	var made []vector
	functions := sprig.HermeticTxtFuncMap()
	functions["toYaml"] = func(v any) string {
		data, err := yaml.Marshal(v)
		if err != nil {
			return ""
		}
		return strings.TrimSuffix(string(data), "\n")
	}
	for _, given := range in.Vectors {
		source := given.Template
		decoder := json.NewDecoder(bytes.NewReader(in.Data))
		decoder.UseNumber()
		var data any
		decoder.Decode(&data)
		v := vector{Template: source}
		var out bytes.Buffer
		t, err := template.New("t").Option("missingkey=error").Funcs(functions).Parse(source)
		if err == nil {
			err = t.Execute(&out, values(data))
		}
		if err != nil {
			v.Error = err.Error()
		} else {
			s := out.String()
			v.Output = &s
		}
		made = append(made, v)
	}
	var result bytes.Buffer
	encoder := json.NewEncoder(&result)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	encoder.Encode(map[string]any{"data": in.Data, "vectors": made})
	os.WriteFile("golden.json", result.Bytes(), 0o644)
}

{{/* Labels of every object; the argument is a dict of `root` and `component`. */}}
{{- define "labels" -}}
app: openfaas
chart: {{ .root.Chart.Name }}-{{ .root.Chart.Version }}
component: {{ .component }}
heritage: {{ .root.Release.Service }}
release: {{ .root.Release.Name }}
{{- end }}

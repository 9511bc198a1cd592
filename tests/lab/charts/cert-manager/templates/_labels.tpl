{{/* The names of the templates that the definitions use. */}}
{{- define "cert-manager.name" -}}
cert-manager
{{- end }}
{{- define "labels" -}}
app.kubernetes.io/version: {{ .Chart.AppVersion }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{/* Labels of every object; the argument is a dict of `root` and `component`. */}}
{{- define "lab.labels" -}}
app.kubernetes.io/name: {{ .component }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
{{ include "labels" .root }}
{{- end }}

{{/* A Deployment with its ServiceAccount; the argument is a dict of `root`, `component`, `image` and `args`. */}}
{{- define "lab.program" -}}
apiVersion: v1
kind: ServiceAccount
metadata:
  name: {{ .component }}
  namespace: {{ .root.Release.Namespace }}
  labels:
    {{- include "lab.labels" . | nindent 4 }}
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .component }}
  namespace: {{ .root.Release.Namespace }}
  labels:
    {{- include "lab.labels" . | nindent 4 }}
spec:
  replicas: 1
  selector:
    matchLabels:
      app.kubernetes.io/name: {{ .component }}
  template:
    metadata:
      labels:
        app.kubernetes.io/name: {{ .component }}
    spec:
      serviceAccountName: {{ .component }}
      enableServiceLinks: false
      securityContext:
        runAsNonRoot: true
      containers:
        - name: {{ .component }}
          image: {{ .root.Values.registry }}/cert-manager-{{ .image }}:{{ .root.Values.tag }}
          imagePullPolicy: IfNotPresent
          args:
            {{- toYaml .args | nindent 12 }}
          env:
            - name: POD_NAMESPACE
              valueFrom:
                fieldRef:
                  fieldPath: metadata.namespace
          resources:
            requests: {cpu: 10m, memory: 32Mi}
          {{- with .probe }}
          readinessProbe:
            {{- toYaml . | nindent 12 }}
          {{- end }}
{{- end }}

{{/* The rights of a program; the argument is a dict of `root`, `component`, `kind` (Role or ClusterRole) and `rules`. */}}
{{- define "lab.rights" -}}
apiVersion: rbac.authorization.k8s.io/v1
kind: {{ .kind }}
metadata:
  name: {{ .component }}
  {{- if eq .kind "Role" }}
  namespace: {{ .root.Release.Namespace }}
  {{- end }}
  labels:
    {{- include "lab.labels" . | nindent 4 }}
rules:
  {{- toYaml .rules | nindent 2 }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: {{ .kind }}Binding
metadata:
  name: {{ .component }}
  {{- if eq .kind "Role" }}
  namespace: {{ .root.Release.Namespace }}
  {{- end }}
  labels:
    {{- include "lab.labels" . | nindent 4 }}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: {{ .kind }}
  name: {{ .component }}
subjects:
  - kind: ServiceAccount
    name: {{ .component }}
    namespace: {{ .root.Release.Namespace }}
{{- end }}

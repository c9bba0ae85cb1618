{{/* SPDX-License-Identifier: Apache-2.0 */}}
{{- define "cluster.name" -}}
{{ default .Release.Name .Values.name }}
{{- end }}
{{- define "cluster.meta" -}}
namespace: {{ .Release.Namespace }}
labels:
  app.kubernetes.io/name: postgresql
  app.kubernetes.io/instance: {{ .Release.Name }}
  app.kubernetes.io/managed-by: {{ .Release.Service }}
  helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
  {{- with .Values.labels }}{{ toYaml . | nindent 2 }}{{ end }}
{{- end }}

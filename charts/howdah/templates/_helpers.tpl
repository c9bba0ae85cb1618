{{/* SPDX-License-Identifier: Apache-2.0 */}}
{{- define "howdah.name" -}}
{{ default "howdah" .Values.nameOverride | trunc 50 }}-operator
{{- end }}
{{- define "howdah.account" -}}
{{ default (include "howdah.name" .) .Values.serviceAccount.name }}
{{- end }}
{{- define "howdah.image" -}}
{{- with .Values.image }}
{{- if .digest }}{{ .repository }}@{{ .digest }}{{ else }}{{ .repository }}:{{ default $.Chart.AppVersion .tag }}{{ end }}
{{- end }}
{{- end }}
{{- define "howdah.selector" -}}
app.kubernetes.io/name: howdah
app.kubernetes.io/component: operator
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}
{{- define "howdah.labels" -}}
{{ include "howdah.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}
{{/* Webhooks need somebody to tell the API server whom to trust: the operator, with a cluster-wide permission, or cert-manager. */}}
{{- define "howdah.webhooks" -}}
{{- if and .Values.webhooks.enabled (or (empty .Values.watchNamespaces) .Values.webhooks.certManager.enabled) }}true{{ end }}
{{- end }}
{{/* Of an operator of single namespaces, of which there can be several, the objects that are in no namespace have names of their own. */}}
{{- define "howdah.suffix" -}}
{{- if .Values.watchNamespaces }}-{{ .Release.Namespace }}{{ end }}
{{- end }}
{{/* The permissions' own file, one document per object. */}}
{{- define "howdah.rules" -}}
{{- $parts := splitList "\n---\n" (.Files.Get "files/rbac/operator-clusterrole.yaml") -}}
{{- range $part := $parts }}{{- $object := fromYaml $part }}{{- if eq $object.kind "ClusterRole" }}{{ toYaml $object.rules }}{{ end }}{{ end }}
{{- end }}

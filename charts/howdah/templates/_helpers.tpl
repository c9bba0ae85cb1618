{{/* SPDX-License-Identifier: Apache-2.0 */}}
{{- define "howdah.name" -}}
{{ default "howdah" .Values.nameOverride | trunc 50 }}-operator
{{- end }}
{{- define "howdah.account" -}}
{{ default (include "howdah.name" .) .Values.serviceAccount.name }}
{{- end }}
{{- define "howdah.image" -}}
{{ .Values.image.repository }}:{{ default .Chart.AppVersion .Values.image.tag }}
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
{{- end }}
{{/* Webhooks need somebody to tell the API server whom to trust: the operator, with a cluster-wide permission, or cert-manager. */}}
{{- define "howdah.webhooks" -}}
{{- if and .Values.webhooks.enabled (or (empty .Values.watchNamespaces) .Values.webhooks.certManager.enabled) }}true{{ end }}
{{- end }}
{{/* The permissions' own file, one document per object. */}}
{{- define "howdah.rules" -}}
{{- $parts := splitList "\n---\n" (.Files.Get "files/rbac/operator-clusterrole.yaml") -}}
{{- range $part := $parts }}{{- $object := fromYaml $part }}{{- if eq $object.kind "ClusterRole" }}{{ toYaml $object.rules }}{{ end }}{{ end }}
{{- end }}

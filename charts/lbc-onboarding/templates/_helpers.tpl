{{/* Names. Every object is named <fullname>-<component>, so that two releases live side by side. */}}
{{- define "lbc.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 40 | trimSuffix "-" }}
{{- end }}

{{- define "lbc.fullname" -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 40 | trimSuffix "-" }}
{{- else }}
{{- $name := include "lbc.name" . }}
{{- if or (contains $name .Release.Name) (hasPrefix .Release.Name $name) }}
{{- .Release.Name | trunc 40 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name $name | trunc 40 | trimSuffix "-" }}
{{- end }}
{{- end }}
{{- end }}

{{/* Labels of a component: (list root "ingress"). */}}
{{- define "lbc.selector" -}}
app.kubernetes.io/name: {{ include "lbc.name" (index . 0) }}
app.kubernetes.io/instance: {{ (index . 0).Release.Name }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end }}

{{- define "lbc.labels" -}}
{{ include "lbc.selector" . }}
app.kubernetes.io/managed-by: {{ (index . 0).Release.Service }}
app.kubernetes.io/part-of: {{ include "lbc.name" (index . 0) }}
app.kubernetes.io/version: {{ (index . 0).Chart.AppVersion | quote }}
helm.sh/chart: {{ printf "%s-%s" (index . 0).Chart.Name (index . 0).Chart.Version | replace "+" "_" }}
{{- end }}

{{- define "lbc.services" -}}
ingress onboarding media tts delivery sweeper
{{- end }}

{{/* The services that talk to AWS. */}}
{{- define "lbc.usesAws" -}}
{{- if has . (list "onboarding" "sweeper" "media" "tts" "delivery") }}true{{ end }}
{{- end }}

{{/* Image of a component: (list root "ingress" "its own tag"). */}}
{{- define "lbc.image" -}}
{{- $root := index . 0 }}
{{- with $root.Values.image.registry }}{{ . }}/{{ end }}
{{- $root.Values.image.repository }}/{{ index . 1 }}:{{ index . 2 | default $root.Values.image.tag | default $root.Chart.AppVersion }}
{{- end }}

{{/* Secret of a component: (list root "ingress"). */}}
{{- define "lbc.secretName" -}}
{{- $root := index . 0 }}
{{- $component := index . 1 }}
{{- $secret := (index $root.Values $component).secret }}
{{- if $root.Values.externalSecrets.enabled }}
{{- printf "%s-%s" (include "lbc.fullname" $root) $component }}
{{- else }}
{{- required (printf "%s.secret.existingSecret is required, or externalSecrets.enabled" $component) $secret.existingSecret }}
{{- end }}
{{- end }}

{{- define "lbc.userPrefix" -}}
{{- .Values.broker.userPrefix | default (printf "%s-" (include "lbc.fullname" .)) }}
{{- end }}

{{/* One service's AMQP address; the password is a file. */}}
{{- define "lbc.amqpUrl" -}}
{{- $root := index . 0 }}
{{- $broker := $root.Values.broker -}}
{{ ternary "amqps" "amqp" $broker.tls.enabled }}://{{ include "lbc.userPrefix" $root }}{{ index . 1 }}@{{ required "broker.host is required" $broker.host }}:{{ $broker.port }}/{{ $broker.vhost | urlquery | replace "+" "%20" }}
{{- end }}

{{- define "lbc.keda" -}}
{{- if .Capabilities.APIVersions.Has "keda.sh/v1alpha1/ScaledObject" }}true{{ else if .Capabilities.APIVersions.Has "keda.sh/v1alpha1" }}true{{ end }}
{{- end }}

{{/* Whether KEDA needs an authority of ours to trust the management API. */}}
{{- define "lbc.kedaAuthority" -}}
{{- if and .Values.broker.tls.caSecret (hasPrefix "https://" .Values.broker.management.url) }}true{{ end }}
{{- end }}

{{- define "lbc.operator" -}}
{{- if or .Values.operator.secret.existingSecret .Values.operator.secret.remoteKey }}true{{ end }}
{{- end }}

{{- define "lbc.traefik" -}}
{{- if eq .Values.edge.controller "traefik" }}{{ if .Capabilities.APIVersions.Has "traefik.io/v1alpha1" }}true{{ end }}{{ end }}
{{- end }}

{{- define "lbc.webhookUrl" -}}
{{- if .Values.webhook.url }}
{{- .Values.webhook.url }}
{{- else }}
{{- printf "%s://%s/telegram/webhook" (ternary "https" "http" .Values.edge.tls.enabled) (required "edge.host is required, or webhook.url" .Values.edge.host) }}
{{- end }}
{{- end }}

{{/* AWS settings as LBC_AWS__*. */}}
{{- define "lbc.awsEnv" -}}
LBC_AWS__REGION: {{ .Values.aws.region | quote }}
{{- range $name, $address := .Values.aws.endpoints }}
LBC_AWS__{{ $name | upper }}_ENDPOINT: {{ $address | quote }}
{{- end }}
{{- with .Values.aws.publicS3Endpoint }}
LBC_AWS__S3_PUBLIC_ENDPOINT: {{ . | quote }}
{{- end }}
{{- if .Values.aws.staticCredentials }}
AWS_SHARED_CREDENTIALS_FILE: /run/secrets/lbc/aws-credentials
{{- end }}
{{- end }}

{{/* Pod and container hardening, the restricted Pod Security Standard. */}}
{{- define "lbc.podSecurity" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
fsGroup: 10001
fsGroupChangePolicy: OnRootMismatch
seccompProfile: {type: RuntimeDefault}
{{- end }}

{{- define "lbc.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end }}

{{/* Pod fields that all pods share: (list root). */}}
{{- define "lbc.podBasics" -}}
automountServiceAccountToken: false
enableServiceLinks: false
{{- with (index . 0).Values.image.pullSecrets }}
imagePullSecrets:
{{- range . }}
  - name: {{ . }}
{{- end }}
{{- end }}
securityContext:
  {{- include "lbc.podSecurity" . | nindent 2 }}
{{- end }}

{{/* Annotations of a ServiceAccount: the role for IRSA. */}}
{{- define "lbc.roleAnnotation" -}}
{{- with . }}
annotations:
  eks.amazonaws.com/role-arn: {{ . }}
{{- end }}
{{- end }}

{{/* The broker's authority, where it is not a public one: as a mount, and as a volume. */}}
{{- define "lbc.caMount" -}}
{{- if .Values.broker.tls.caSecret }}
- {name: broker-ca, mountPath: /run/secrets/broker-ca, readOnly: true}
{{- end }}
{{- end }}

{{- define "lbc.caVolume" -}}
{{- with .Values.broker.tls }}
{{- if .caSecret }}
- name: broker-ca
  secret:
    secretName: {{ .caSecret }}
    items: [{key: {{ .caKey }}, path: ca.crt}]
{{- end }}
{{- end }}
{{- end }}

{{/* Copies the brand pack from the bucket, once or for ever: (list root name seconds). Onboarding looks at the folder. */}}
{{- define "lbc.brandFetch" -}}
{{- $root := index . 0 }}
{{- $every := index . 2 }}
- name: {{ index . 1 }}
  image: {{ include "lbc.image" (list $root "lbcctl" "") }}
  imagePullPolicy: {{ $root.Values.image.pullPolicy }}
  args:
    - brand
    - fetch
    - --bucket={{ $root.Values.aws.buckets.assets }}
    - --prefix={{ required "brand.prefix is required with brand.source bucket" $root.Values.brand.prefix }}
    - --into=/run/brand
    {{- with $every }}
    - --every={{ . }}
    {{- end }}
  envFrom:
    - configMapRef: {name: {{ include "lbc.fullname" $root }}-onboarding}
  resources:
    {{- toYaml $root.Values.brand.resources | nindent 4 }}
  securityContext:
    {{- include "lbc.containerSecurity" $root | nindent 4 }}
  volumeMounts:
    - {name: secrets, mountPath: /run/secrets/lbc, readOnly: true}
    - {name: brand, mountPath: /run/brand}
    {{- include "lbc.caMount" $root | nindent 4 }}
{{- end }}

{{/* (list root component name hookWeight); a weight makes it a hook of provisioning. */}}
{{- define "lbc.externalSecret" -}}
{{- $root := index . 0 }}
{{- $component := index . 1 }}
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata:
  name: {{ index . 2 }}
  labels:
    {{- include "lbc.labels" (list $root $component) | nindent 4 }}
  {{- with index . 3 }}
  annotations:
    helm.sh/hook: pre-install,pre-upgrade,pre-delete
    helm.sh/hook-weight: {{ . | quote }}
    helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded
  {{- end }}
spec:
  refreshInterval: {{ $root.Values.externalSecrets.refreshInterval }}
  secretStoreRef:
    kind: {{ $root.Values.externalSecrets.storeKind }}
    name: {{ required "externalSecrets.storeName is required" $root.Values.externalSecrets.storeName }}
  target: {name: {{ index . 2 }}}
  dataFrom:
    - extract: {key: {{ required (printf "%s.secret.remoteKey is required with externalSecrets" $component) (index $root.Values $component).secret.remoteKey }}}
{{- end }}

{{/* Whose AMQP passwords provisioning needs. */}}
{{- define "lbc.provisionSecrets" -}}
{{ include "lbc.services" . }}{{ if include "lbc.keda" . }} keda{{ end }}{{ if .Values.eraser.enabled }} eraser{{ end }}{{ if include "lbc.operator" . }} operator{{ end }}
{{- end }}

{{/* Name of a component's Secret as provisioning sees it. */}}
{{- define "lbc.provisionSecretName" -}}
{{- $root := index . 0 }}
{{- if $root.Values.externalSecrets.enabled }}
{{- printf "%s-provision-%s" (include "lbc.fullname" $root) (index . 1) }}
{{- else }}
{{- include "lbc.secretName" . }}
{{- end }}
{{- end }}

{{/* Settings of lbcctl for broker and AWS, as items of `env`. */}}
{{- define "lbc.provisionEnv" -}}
{{- $env := merge (dict
  "LBCCTL_MANAGEMENT_URL" (required "broker.management.url is required for provisioning" .Values.broker.management.url)
  "LBCCTL_VHOST" .Values.broker.vhost
  "LBCCTL_USER_PREFIX" (include "lbc.userPrefix" .)
  "LBCCTL_ADMIN" "/run/secrets/lbc"
  "LBCCTL_USERS" "/run/secrets/users"
  "LBCCTL_TABLE_PREFIX" .Values.aws.tablePrefix
  "LBCCTL_ASSETS_BUCKET" (required "aws.buckets.assets is required" .Values.aws.buckets.assets)
  "LBCCTL_TTS_BUCKET" (required "aws.buckets.tts is required" .Values.aws.buckets.tts)
  "LBCCTL_BACKUPS" .Values.provision.backups
  "LBCCTL_KMS" .Values.provision.kms
  "LBCCTL_WAIT" .Values.provision.wait) (include "lbc.awsEnv" . | fromYaml) }}
{{- if .Values.broker.tls.caSecret }}{{ $_ := set $env "LBCCTL_CA_FILE" "/run/secrets/broker-ca/ca.crt" }}{{ end }}
{{- if .Values.provision.demoMedia }}{{ $_ := set $env "LBCCTL_MEDIA" "/app/brands/demo/media" }}{{ end }}
{{- range $name, $value := $env }}
- {name: {{ $name }}, value: {{ $value | toString | quote }}}
{{- end }}
{{- end }}

{{/* The pod of a provisioning Job: (list root args hook?). */}}
{{- define "lbc.provisionPod" -}}
{{- $root := index . 0 }}
{{- $hook := index . 2 }}
metadata:
  labels:
    {{- include "lbc.labels" (list $root "provision") | nindent 4 }}
spec:
  serviceAccountName: {{ include "lbc.fullname" $root }}-{{ ternary "provision" "uninstall" $hook }}
  restartPolicy: Never
  {{- include "lbc.podBasics" (list $root) | nindent 2 }}
  containers:
    - name: lbcctl
      image: {{ include "lbc.image" (list $root "lbcctl" "") }}
      imagePullPolicy: {{ $root.Values.image.pullPolicy }}
      args: {{ index . 1 | toJson }}
      env:
        {{- include "lbc.provisionEnv" $root | nindent 8 }}
      resources:
        {{- toYaml $root.Values.provision.resources | nindent 8 }}
      securityContext:
        {{- include "lbc.containerSecurity" $root | nindent 8 }}
      volumeMounts:
        - {name: secrets, mountPath: /run/secrets/lbc, readOnly: true}
        - {name: users, mountPath: /run/secrets/users, readOnly: true}
        {{- include "lbc.caMount" $root | nindent 8 }}
  volumes:
    - name: secrets
      secret: {secretName: {{ include "lbc.provisionSecretName" (list $root "provision") }}, defaultMode: 0440}
    - name: users
      projected:
        defaultMode: 0440
        sources:
          {{- range $component := splitList " " (include "lbc.provisionSecrets" $root) }}
          - secret:
              name: {{ include "lbc.provisionSecretName" (list $root $component) }}
              items:
                - {key: amqp-password, path: {{ $component }}/amqp-password}
                {{- if eq $component "keda" }}
                - {key: amqp-username, path: keda/amqp-username}
                {{- end }}
          {{- end }}
    {{- include "lbc.caVolume" $root | nindent 4 }}
{{- end }}

{{- define "lbc.hook" -}}
helm.sh/hook: {{ index . 0 }}
helm.sh/hook-weight: {{ index . 1 | quote }}
helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded
{{- end }}

{{/* The pod of a webhook Job or test: (list root args account). */}}
{{- define "lbc.webhookPod" -}}
{{- $root := index . 0 }}
metadata:
  labels:
    {{- include "lbc.labels" (list $root "webhook") | nindent 4 }}
spec:
  serviceAccountName: {{ include "lbc.fullname" $root }}-{{ index . 2 }}
  restartPolicy: Never
  {{- include "lbc.podBasics" (list $root) | nindent 2 }}
  containers:
    - name: lbcctl
      image: {{ include "lbc.image" (list $root "lbcctl" "") }}
      imagePullPolicy: {{ $root.Values.image.pullPolicy }}
      args: {{ index . 1 | toJson }}
      env:
        - {name: LBCCTL_TELEGRAM_API_URL, value: {{ $root.Values.telegram.apiUrl | quote }}}
        - {name: LBCCTL_BOT_TOKEN_FILE, value: /run/secrets/bot/bot-token}
        - {name: LBCCTL_WEBHOOK_SECRET_FILE, value: /run/secrets/webhook/webhook-secret}
        - {name: LBCCTL_WEBHOOK_URL, value: {{ include "lbc.webhookUrl" $root | quote }}}
        - {name: LBCCTL_MAX_CONNECTIONS, value: {{ $root.Values.webhook.maxConnections | quote }}}
        - {name: LBCCTL_WAIT, value: {{ $root.Values.webhook.wait | quote }}}
      resources:
        {{- toYaml $root.Values.webhook.resources | nindent 8 }}
      securityContext:
        {{- include "lbc.containerSecurity" $root | nindent 8 }}
      volumeMounts:
        - {name: bot, mountPath: /run/secrets/bot, readOnly: true}
        - {name: webhook, mountPath: /run/secrets/webhook, readOnly: true}
  volumes:
    - name: bot
      secret:
        secretName: {{ include "lbc.secretName" (list $root "delivery") }}
        defaultMode: 0440
        items: [{key: bot-token, path: bot-token}]
    - name: webhook
      secret:
        secretName: {{ include "lbc.secretName" (list $root "ingress") }}
        defaultMode: 0440
        items: [{key: webhook-secret, path: webhook-secret}]
{{- end }}

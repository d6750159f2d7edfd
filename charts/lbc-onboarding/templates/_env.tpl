{{/* The settings of a service as a map: (list root "ingress"). What `settings` says wins. */}}
{{- define "lbc.env" -}}
{{- $root := index . 0 }}
{{- $service := index . 1 }}
{{- $values := $root.Values }}
{{- $own := index $values $service }}
{{- $env := dict
  "LBC_BOT" (required "bot is required" $values.bot)
  "LBC_BROKER__URL" (include "lbc.amqpUrl" .)
  "LBC_BROKER__PASSWORD_FILE" "/run/secrets/lbc/amqp-password"
  "LBC_BROKER__PREFETCH" $values.broker.prefetch
  "LBC_BROKER__DRAIN_TIMEOUT" (sub $own.stopSeconds 4)
  "LBC_STOP_TIMEOUT" $own.stopSeconds
  "LBC_ADMIN_HOST" "0.0.0.0"
  "LBC_ADMIN_PORT" 8081
  "LBC_LOG_LEVEL" $values.logLevel }}
{{- if $values.broker.tls.caSecret }}
{{- $_ := set $env "LBC_BROKER__CA_FILE" "/run/secrets/broker-ca/ca.crt" }}
{{- end }}
{{- with $values.otlpEndpoint }}
{{- $_ := set $env "LBC_OTLP_ENDPOINT" . }}
{{- end }}
{{- if include "lbc.usesAws" $service }}
{{- $env = merge $env (include "lbc.awsEnv" $root | fromYaml) }}
{{- end }}
{{- if has $service (list "onboarding" "sweeper" "delivery") }}
{{- $_ := set $env "LBC_TABLES_PREFIX" $values.aws.tablePrefix }}
{{- end }}
{{- if eq $service "ingress" }}
{{- $_ := set $env "LBC_HOST" "0.0.0.0" }}
{{- $_ := set $env "LBC_PORT" 8080 }}
{{- $_ := set $env "LBC_MAX_BODY" $values.edge.maxBodyBytes }}
{{- $_ := set $env "LBC_WEBHOOK_SECRET_FILE" "/run/secrets/lbc/webhook-secret" }}
{{- $_ := set $env "LBC_WEBHOOK_SECRET_PREVIOUS_FILE" "/run/secrets/lbc/webhook-secret-previous" }}
{{- else if eq $service "onboarding" }}
{{- $_ := set $env "LBC_BRAND" "/run/brand" }}
{{- if $own.signedLinks }}
{{- $_ := set $env "LBC_SIGNING_KEY_FILE" "/run/secrets/lbc/signing-key" }}
{{- $_ := set $env "LBC_SIGNING_KEY_PREVIOUS_FILE" "/run/secrets/lbc/signing-key-previous" }}
{{- end }}
{{- else if eq $service "media" }}
{{- $_ := set $env "LBC_ASSETS_BUCKET" (required "aws.buckets.assets is required" $values.aws.buckets.assets) }}
{{- else if eq $service "tts" }}
{{- $_ := set $env "LBC_TTS_BUCKET" (required "aws.buckets.tts is required" $values.aws.buckets.tts) }}
{{- $replicas := ternary $own.scaling.max (max 1 $own.scaling.min) (and $own.scaling.enabled (eq (include "lbc.keda" $root) "true")) }}
{{- $_ := set $env "LBC_POLLY_PER_SECOND" (divf $own.pollyPerSecond $replicas) }}
{{- with $values.aws.kmsKeyId }}
{{- $_ := set $env "LBC_KMS_KEY_ID" . }}
{{- end }}
{{- else if eq $service "delivery" }}
{{- $_ := set $env "LBC_BOT_TOKEN_FILE" "/run/secrets/lbc/bot-token" }}
{{- $_ := set $env "LBC_TELEGRAM_API_URL" $values.telegram.apiUrl }}
{{- end }}
{{- range $name, $value := mergeOverwrite $env (deepCopy $own.settings) }}
{{- /* YAML's whole numbers arrive as floats, which would be written 1.048576e+06. */}}
{{- if and (kindIs "float64" $value) (eq (floor $value) $value) }}{{ $value = int64 $value }}{{ end }}
{{ $name }}: {{ $value | toString | quote }}
{{- end }}
{{- end }}

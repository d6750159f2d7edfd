{{/* Rules of policies. Each gives one item of `egress`. */}}
{{- define "lbc.egressDns" -}}
- to:
    {{- toYaml .Values.networkPolicy.dns | nindent 4 }}
  ports: [{protocol: UDP, port: 53}, {protocol: TCP, port: 53}]
{{- end }}

{{- define "lbc.egressBroker" -}}
- to:
    {{- toYaml (required "networkPolicy.broker is required, or networkPolicy.enabled false" .Values.networkPolicy.broker) | nindent 4 }}
  ports: [{port: {{ .Values.broker.port }}}]
{{- end }}

{{- define "lbc.egressManagement" -}}
{{- $url := urlParse (required "broker.management.url is required for provisioning" .Values.broker.management.url) }}
{{- $port := regexFind "[0-9]+$" (regexFind ":[0-9]+$" $url.host) | default (ternary "443" "80" (eq $url.scheme "https")) }}
- to:
    {{- toYaml (required "networkPolicy.broker is required, or networkPolicy.enabled false" .Values.networkPolicy.broker) | nindent 4 }}
  ports: [{port: {{ $port }}}]
{{- end }}

{{- define "lbc.egressAws" -}}
- to:
    {{- toYaml (required "networkPolicy.aws is required, or networkPolicy.enabled false" .Values.networkPolicy.aws) | nindent 4 }}
  ports:
    {{- range .Values.networkPolicy.awsPorts }}
    - {port: {{ . }}}
    {{- end }}
{{- if .Values.aws.podIdentity }}
- to: [{ipBlock: {cidr: 169.254.170.23/32}}]
  ports: [{port: 80}]
{{- end }}
{{- end }}

{{- define "lbc.egressTelegram" -}}
- to:
    {{- toYaml .Values.networkPolicy.telegram | nindent 4 }}
  ports:
    {{- range .Values.networkPolicy.telegramPorts }}
    - {port: {{ . }}}
    {{- end }}
{{- end }}

{{- define "lbc.egressOtlp" -}}
{{- if and .Values.otlpEndpoint .Values.networkPolicy.otlp }}
- to:
    {{- toYaml .Values.networkPolicy.otlp | nindent 4 }}
  ports: [{port: {{ .Values.networkPolicy.otlpPort }}}]
{{- end }}
{{- end }}

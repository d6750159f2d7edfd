{{/* Who a rule is about: (list root "broker"). An empty list would mean everybody, so there must be one. */}}
{{- define "lbc.peers" -}}
{{- $name := index . 1 }}
{{- with index (index . 0).Values.networkPolicy $name }}
{{- toYaml . }}
{{- else }}
{{- fail (printf "networkPolicy.%s is required, or networkPolicy.enabled false: no peers would mean everybody" $name) }}
{{- end }}
{{- end }}

{{/* Rules of policies. Each gives one item of `egress`. */}}
{{- define "lbc.egressDns" -}}
- to:
    {{- include "lbc.peers" (list . "dns") | nindent 4 }}
  ports: [{protocol: UDP, port: 53}, {protocol: TCP, port: 53}]
{{- end }}

{{- define "lbc.egressBroker" -}}
- to:
    {{- include "lbc.peers" (list . "broker") | nindent 4 }}
  ports: [{port: {{ .Values.broker.port }}}]
{{- end }}

{{- define "lbc.egressManagement" -}}
{{- $url := urlParse (required "broker.management.url is required for provisioning" .Values.broker.management.url) }}
{{- $port := regexFind "[0-9]+$" (regexFind ":[0-9]+$" $url.host) | default (ternary "443" "80" (eq $url.scheme "https")) }}
- to:
    {{- include "lbc.peers" (list . "broker") | nindent 4 }}
  ports: [{port: {{ $port }}}]
{{- end }}

{{- define "lbc.egressAws" -}}
- to:
    {{- include "lbc.peers" (list . "aws") | nindent 4 }}
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
    {{- include "lbc.peers" (list . "telegram") | nindent 4 }}
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

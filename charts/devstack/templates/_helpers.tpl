{{- define "devstack.labels" -}}
app.kubernetes.io/name: devstack
app.kubernetes.io/instance: {{ (index . 0).Release.Name }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end }}

{{/* A stand-in's Service and pod spec parts: (list root component user). */}}
{{- define "devstack.pod" -}}
automountServiceAccountToken: false
enableServiceLinks: false
securityContext:
  runAsNonRoot: true
  runAsUser: {{ index . 2 }}
  runAsGroup: {{ index . 2 }}
  fsGroup: {{ index . 2 }}
  seccompProfile: {type: RuntimeDefault}
{{- with (index . 0).Values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
tolerations:
  - {key: node-role.kubernetes.io/control-plane, operator: Exists, effect: NoSchedule}
{{- end }}
{{- end }}

{{- define "devstack.security" -}}
allowPrivilegeEscalation: false
capabilities: {drop: [ALL]}
{{- end }}

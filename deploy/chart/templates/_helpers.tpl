{{- /* The port of auth for HTTP over TLS, with the certificate of its service: keys, and the authorization server for the gateway. */}}
{{- define "reputable.tlsPort" }}3443{{ end }}

{{- /* The folders of certificates and of secrets in a container. */}}
{{- define "reputable.tls" }}/run/tls{{ end }}
{{- define "reputable.secrets" }}/run/secrets/reputable{{ end }}

{{- /*
The services of files/services.yaml with their options: the defaults, overridden by `services.<name>`. Lists of egress rules and of secrets are
joined: an own list does not remove a common one.
*/}}
{{- define "reputable.services" }}
{{- $services := dict }}
{{- range $name, $facts := (.Files.Get "files/services.yaml" | fromYaml).services }}
{{- $own := get $.Values.services $name | default dict }}
{{- $options := mergeOverwrite (deepCopy $.Values.defaults) (deepCopy $own) $facts }}
{{- $secrets := concat $facts.secrets $.Values.defaults.secretSettings (get $own "secretSettings" | default list) }}
{{- if $facts.database }}{{ $secrets = append $secrets "DATABASE_URL" }}{{ end }}
{{- if eq $name "auth" }}{{ $secrets = append $secrets "SMTP_URL" }}{{ end }}
{{- $_ := set $options "secretSettings" ($secrets | uniq | sortAlpha) }}
{{- $_ := set $options "egress" (concat $.Values.defaults.egress (get $own "egress" | default list)) }}
{{- $_ := set $services $name $options }}
{{- end }}
{{- $services | toYaml }}
{{- end }}

{{- /* The labels that select the pods of a name: `root`, `name`. */}}
{{- define "reputable.selector" -}}
app.kubernetes.io/name: {{ .name }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
{{- end }}

{{- /* All labels of an object: `root`, `name`. */}}
{{- define "reputable.labels" -}}
{{ include "reputable.selector" . }}
app.kubernetes.io/part-of: reputable
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version }}
{{- end }}

{{- /* The labels of a pod: `root`, `name`, `component`. */}}
{{- define "reputable.podLabels" -}}
{{ include "reputable.selector" . }}
app.kubernetes.io/part-of: reputable
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{- /* The image of a service: `root`, `name`. */}}
{{- define "reputable.image" -}}
{{- $digest := get .root.Values.image.digests .name -}}
{{ .root.Values.image.repository }}/{{ .name }}{{ if $digest }}@{{ $digest }}{{ else }}:{{ .root.Values.image.tag | default .root.Chart.AppVersion }}{{ end }}
{{- end }}

{{- /* Of a pod. The image's user is `node`, which Kubernetes knows by number only. */}}
{{- define "reputable.podSecurity" -}}
runAsNonRoot: true
runAsUser: 1000
runAsGroup: 1000
fsGroup: 1000
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{- define "reputable.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end }}

{{- /* The Service for HTTP: `name`, `service`. The Service of the service's own name is headless if it has gRPC. */}}
{{- define "reputable.httpService" -}}
{{ .name }}{{ if .service.grpc }}-http{{ end }}
{{- end }}

{{- /* The environment of a service: `root`, `name`, `service`. */}}
{{- define "reputable.env" -}}
{{- $values := .root.Values }}
{{- $tlsOfAuth := printf "https://auth:%s" (include "reputable.tlsPort" .) }}
{{- $env := dict
  "HOST" "0.0.0.0"
  "NODE_ENV" $values.environment
  "TLS_DIR" (include "reputable.tls" .)
  "NODE_EXTRA_CA_CERTS" (printf "%s/ca.crt" (include "reputable.tls" .))
  "TRUST_DOMAIN" $values.identity.trustDomain
  "ISSUER" $values.urls.auth
  "JWKS_URI" (printf "%s/.well-known/jwks.json" $tlsOfAuth)
  "SHUTDOWN_DELAY_MS" (mul .service.drainSeconds 1000)
}}
{{- range .service.connectsTo }}
{{- $_ := set $env (printf "%s_URL" (upper .)) (printf "dns:///%s:%d" . (int (get (index $.services .) "grpc"))) }}
{{- end }}
{{- if .service.database }}{{ $_ := set $env "MIGRATE_AT_START" "false" }}{{ end }}
{{- if $values.metrics.port }}{{ $_ := set $env "METRICS_PORT" (int $values.metrics.port) }}{{ end }}
{{- if .service.http }}{{ $_ := set $env "TRUSTED_PROXIES" (join "," $values.edge.trustedProxies) }}{{ end }}
{{- if eq .name "gateway" }}
{{- $_ := set $env "PUBLIC_URL" $values.urls.gateway }}
{{- $_ := set $env "WARM_UP_MS" 3000 }}
{{- $_ := set $env "AUTHORIZATION_SERVER_URL" (printf "%s/oidc" $tlsOfAuth) }}
{{- else if eq .name "auth" }}
{{- $_ := set $env "JWKS_URI" (printf "http://localhost:%d/.well-known/jwks.json" (int .service.http)) }}
{{- $_ := set $env "TLS_PORT" (include "reputable.tlsPort" .) }}
{{- $_ := set $env "GATEWAY_URL" $values.urls.gateway }}
{{- $_ := set $env "MAIL_FROM" $values.mail.from }}
{{- end }}
{{- range .service.secretSettings }}
{{- $_ := set $env (printf "%s_FILE" .) (printf "%s/%s" (include "reputable.secrets" $) .) }}
{{- end }}
{{- range $name, $value := mergeOverwrite $env .service.settings }}
- name: {{ $name }}
  value: {{ $value | toString | quote }}
{{- end }}
{{- end }}

{{- /* The volume with these keys of the Secret of a service: `root`, `name`, `keys`. */}}
{{- define "reputable.secretVolume" -}}
name: secrets
secret:
  secretName: {{ .root.Values.secrets.prefix }}{{ .name }}
  defaultMode: 0440
  items:
    {{- range .keys }}
    - { key: {{ . }}, path: {{ . }} }
    {{- end }}
{{- end }}

{{- /* The health check of the image: `name`, `service`. It needs no dependencies, and exits with 0 if the service is serving. */}}
{{- define "reputable.healthCheck" -}}
exec:
  command: [node, apps/{{ .name }}/src/health-check.js, {{ int .service.grpc | quote }}, {{ include "reputable.tls" . }}]
{{- end }}

{{- /* The volume with the certificate of a service, by the CSI driver of cert-manager: `root`, `name`. */}}
{{- define "reputable.certManagerVolume" -}}
{{- $options := .root.Values.identity.certManager -}}
name: tls
csi:
  driver: csi.cert-manager.io
  readOnly: true
  volumeAttributes:
    csi.cert-manager.io/issuer-name: {{ $options.issuer.name }}
    csi.cert-manager.io/issuer-kind: {{ $options.issuer.kind }}
    csi.cert-manager.io/issuer-group: {{ $options.issuer.group }}
    csi.cert-manager.io/uri-sans: spiffe://{{ .root.Values.identity.trustDomain }}/{{ .name }}
    csi.cert-manager.io/dns-names: {{ .name }},{{ .name }}.{{ .root.Release.Namespace }}.svc
    csi.cert-manager.io/key-usages: digital signature,client auth,server auth
    csi.cert-manager.io/duration: {{ printf "%dh" (int $options.hours) }}
    csi.cert-manager.io/renew-before: {{ printf "%dm" (mul $options.hours 30) }}
    # The group of the pod may read the key.
    csi.cert-manager.io/fs-group: '1000'
    {{- with $options.attributes }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
{{- end }}

{{- /* The containers that write the certificate from SPIRE: one before the service starts, then one beside it. */}}
{{- define "reputable.spiffeHelper" -}}
{{- range $name, $daemon := dict "certificate" false "renewal" true }}
- name: {{ $name }}
  image: {{ $.root.Values.identity.spire.helper }}
  args: [-config, /etc/spiffe-helper/helper.conf, -daemon-mode={{ $daemon }}]
  {{- if $daemon }}
  restartPolicy: Always
  {{- end }}
  resources:
    requests: { cpu: 10m, memory: 32Mi }
    limits: { memory: 64Mi }
  securityContext:
    {{- include "reputable.containerSecurity" $ | nindent 4 }}
  volumeMounts:
    - { name: tls, mountPath: {{ include "reputable.tls" $ }} }
    - { name: workload-api, mountPath: /spiffe-workload-api, readOnly: true }
    - { name: spiffe-helper, mountPath: /etc/spiffe-helper, readOnly: true }
{{- end }}
{{- end }}

{{- define "reputable.spireVolumes" -}}
- name: tls
  emptyDir: { medium: Memory, sizeLimit: 1Mi }
- name: workload-api
  csi: { driver: csi.spiffe.io, readOnly: true }
- name: spiffe-helper
  configMap: { name: spiffe-helper }
{{- end }}

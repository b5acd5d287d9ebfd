#!/usr/bin/env bash
# Runs the demo on Kubernetes: deploy/try-kind.sh. See docs/kubernetes.md.
#
# Creates a kind cluster with cert-manager and CloudNativePG, builds the images, installs the charts, runs the demo, and deletes the cluster
# at the end, also after Ctrl-C. It needs the programs in `require` below, 8 GB of memory for Docker, and takes some ten minutes.
#
# Settings, from the environment:
#   PORT, AUTH_HTTP_PORT, MAILBOX_HTTP_PORT, DATABASE_PORT   ports of this machine: 3000, 3001, 8025, 5433
#   NPM_REGISTRY                                             registry for the packages in the images; npm's own
set -euo pipefail
cd "$(dirname "$0")/.."

readonly CLUSTER=reputable-try NAMESPACE=reputable
readonly PORT=${PORT:-3000} AUTH_HTTP_PORT=${AUTH_HTTP_PORT:-3001} MAILBOX_HTTP_PORT=${MAILBOX_HTTP_PORT:-8025} DATABASE_PORT=${DATABASE_PORT:-5433}

# The release notes of kind v0.33.0 list this image.
# renovate: datasource=docker depName=kindest/node
readonly NODE_IMAGE=kindest/node:v1.36.4@sha256:099e049362a1526b2db71494e1947aae99bd16290d7c895f2b7ea312e3cbfaed
# renovate: datasource=docker depName=quay.io/jetstack/charts/cert-manager
readonly CERT_MANAGER=v1.21.1
# renovate: datasource=docker depName=quay.io/jetstack/charts/cert-manager-csi-driver
readonly CSI_DRIVER=v0.16.0
# renovate: datasource=docker depName=ghcr.io/cloudnative-pg/charts/cloudnative-pg
readonly CLOUDNATIVE_PG=0.29.1

main() {
  require docker https://docs.docker.com/get-docker/
  require kind https://kind.sigs.k8s.io/docs/user/quick-start/#installation
  require kubectl https://kubernetes.io/docs/tasks/tools/
  require helm https://helm.sh/docs/intro/install/
  require npm https://nodejs.org/
  docker info >/dev/null 2>&1 || fail 'Docker is not running. Start it.'
  docker buildx version >/dev/null 2>&1 || fail 'docker buildx is not installed: https://github.com/docker/buildx#installing'
  [ -d node_modules ] || fail 'The packages are not installed. Run npm ci.'
  if kind get clusters 2>/dev/null | grep -qx "$CLUSTER"; then
    fail "The cluster $CLUSTER exists. Delete it: kind delete cluster --name $CLUSTER"
  fi

  # The configuration of the user stays as it is.
  TEMPORARY=$(mktemp -d)
  export KUBECONFIG=$TEMPORARY/kubeconfig
  trap end EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM

  step 'Building the images' build
  step 'Creating the cluster' kind create cluster --name "$CLUSTER" --image "$NODE_IMAGE" --wait 5m
  step 'Loading the images' load
  step 'Installing cert-manager and CloudNativePG' install_operators
  step 'Creating secrets and the certificate authority' create_objects
  step 'Installing the databases' install_databases
  step 'Installing the services' install_services
  step 'Checking that NetworkPolicies are enforced' check_policies
  forward mailbox "$MAILBOX_HTTP_PORT" 8025
  forward postgres-rw "$DATABASE_PORT" 5432
  forward gateway "$PORT" 3000
  forward auth-http "$AUTH_HTTP_PORT" 3001
  step "Running the demo's story" demo
  SUCCEEDED=true
}

require() { command -v "$1" >/dev/null || fail "$1 is not installed: $2"; }

fail() {
  printf '%s\n' "$1" >&2
  exit 1
}

step() {
  local began=$SECONDS
  printf '\n== %s\n' "$1"
  shift
  "$@"
  printf '== done after %d s\n' $((SECONDS - began))
}

# The services of the registry.
services() { sed -n 's/^  \([a-z0-9]*\):$/\1/p' deploy/chart/files/services.yaml; }

build() {
  # kind cannot load images with attestations.
  BUILDX_NO_DEFAULT_ATTESTATIONS=1 REPOSITORY=reputable VERSION=try PLATFORMS='' \
    docker buildx bake --file docker-bake.hcl --load services mailbox
}

load() {
  local images=() service
  for service in $(services) mailbox; do images+=("reputable/$service:try"); done
  kind load docker-image --name "$CLUSTER" "${images[@]}"
}

install_operators() {
  local charts=oci://quay.io/jetstack/charts
  helm install cert-manager "$charts/cert-manager" --version "$CERT_MANAGER" \
    --namespace cert-manager --create-namespace --set crds.enabled=true --wait --timeout 5m
  helm install cert-manager-csi-driver "$charts/cert-manager-csi-driver" --version "$CSI_DRIVER" \
    --namespace cert-manager --wait --timeout 5m
  helm install cnpg oci://ghcr.io/cloudnative-pg/charts/cloudnative-pg --version "$CLOUDNATIVE_PG" \
    --namespace cnpg-system --create-namespace --wait --timeout 5m
}

create_objects() {
  kubectl create namespace "$NAMESPACE"
  kubectl label namespace "$NAMESPACE" pod-security.kubernetes.io/enforce=restricted
  kubectl config set-context --current --namespace "$NAMESPACE"
  # The Node.js that npm has installed.
  PATH=$PWD/node_modules/.bin:$PATH node --import @reputable/run tools/chart/src/kind/main.ts | kubectl apply --filename -
  kubectl apply --filename deploy/kind/objects.yaml
  kubectl wait --for=condition=Ready --timeout=2m certificate/authority issuer/reputable
  kubectl rollout status --timeout=2m deployment/mailbox
}

install_databases() {
  helm install reputable-database deploy/database-chart \
    --set instances=1 --set storage.size=1Gi --set resources.requests.cpu=100m
  kubectl wait --for=condition=Ready --timeout=10m cluster/postgres
  kubectl wait --for=jsonpath='{.status.applied}'=true --timeout=5m databases.postgresql.cnpg.io --all
}

install_services() {
  helm install reputable deploy/chart --values deploy/kind/values.yaml \
    --set "urls.gateway=http://localhost:$PORT" --set "urls.auth=http://localhost:$AUTH_HTTP_PORT" --wait --timeout 15m
}

# The mailbox is no caller in the contract, so it must not reach the port of a service.
check_policies() {
  kubectl exec deployment/mailbox -- node --eval '
    const socket = require("node:net").connect({ host: "post", port: 50053, timeout: 5000 });
    const end = (code, text) => { console.log(text); process.exit(code); };
    socket.on("connect", () => end(1, "The mailbox reaches post: NetworkPolicies are not enforced."));
    socket.on("timeout", () => end(0, "The mailbox does not reach post."));
    socket.on("error", ({ code }) => end(code === "ECONNREFUSED" ? 0 : 1, `The mailbox does not reach post: ${code}.`));
  '
}

FORWARDS=()

# Forwards a port of this machine to one of a Service, and waits until it listens.
forward() {
  kubectl port-forward "service/$1" "$2:$3" >"$TEMPORARY/$1.log" 2>&1 &
  FORWARDS+=($!)
  local attempt
  for attempt in {1..50}; do
    grep -q '^Forwarding from' "$TEMPORARY/$1.log" && return
    sleep 0.2
  done
  cat "$TEMPORARY/$1.log" >&2
  fail "Cannot forward port $2 to $1. Is it in use? Set another one: see the head of $0."
}

demo() {
  local password
  password=$(kubectl get secret reputable-user-database --output jsonpath='{.data.password}' | base64 --decode)
  npm run demo -- --url "http://localhost:$PORT/graphql" --mailbox "http://localhost:$MAILBOX_HTTP_PORT" \
    --user-database "postgres://user:$password@localhost:$DATABASE_PORT/user"
}

SUCCEEDED=false

end() {
  local code=$?
  trap '' INT TERM
  if ! $SUCCEEDED && kind get clusters 2>/dev/null | grep -qx "$CLUSTER"; then
    printf '\n== The state of the cluster\n'
    kubectl get pods --all-namespaces || true
    kubectl get events --field-selector type=Warning --sort-by .lastTimestamp | tail -20 || true
  fi
  local forward
  for forward in ${FORWARDS[@]+"${FORWARDS[@]}"}; do kill "$forward" 2>/dev/null || true; done
  printf '\n== Deleting the cluster\n'
  kind delete cluster --name "$CLUSTER" || true
  rm -rf "$TEMPORARY"
  exit "$code"
}

main

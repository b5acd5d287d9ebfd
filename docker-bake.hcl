# Images of all services for two architectures: docker buildx bake --file docker-bake.hcl. See docs/releasing.md.

# As image.repository in the values of deploy/chart: an image is <REPOSITORY>/<service>:<VERSION>.
variable "REPOSITORY" {
  default = "reputable"
}

variable "VERSION" {
  default = "dev"
}

# Separated by commas. Empty: the platform of this machine.
variable "PLATFORMS" {
  default = "linux/amd64,linux/arm64"
}

# The registry for npm; its packages must match the lockfile.
variable "NPM_REGISTRY" {
  default = "https://registry.npmjs.org/"
}

group "default" {
  targets = ["services"]
}

target "image" {
  context    = "."
  dockerfile = "deploy/Dockerfile"
  platforms  = compact(split(",", PLATFORMS))
  args = {
    NPM_REGISTRY = NPM_REGISTRY
  }
}

target "services" {
  name     = service
  inherits = ["image"]
  matrix = {
    service = [
      # generated: services
      "gateway",
      "auth",
      "user",
      "post",
      "comment",
      # end of services
    ]
  }
  args = {
    PROJECT = "apps/${service}"
  }
  tags = ["${REPOSITORY}/${service}:${VERSION}"]
}

# For development alone.
target "mailbox" {
  inherits = ["image"]
  args = {
    PROJECT = "tools/mailbox"
  }
  tags = ["${REPOSITORY}/mailbox:${VERSION}"]
}

// What `serve` and `work` have in common: image, identity, secrets, settings, policy, first step.

@export()
type setting = { name: string, value: string }

@export()
@description('Of every container alike.')
type sharing = {
  location: string
  environmentId: string
  identityId: string
  registryHost: string
  image: string
  vaultUrl: string

  @description('Client id of the managed identity that vouches for the app; empty: none does.')
  vouching: string

  @description('Name of the secret with the certificate; empty: none signs in.')
  certificateName: string

  policy: string

  @description('Those that are empty are not set.')
  settings: setting[]
}

@export()
@description('A name of your own, and the id of a certificate of the environment for it, once there is one.')
type domain = { name: string, certificateId: string? }

@export()
type probe = {
  type: 'Liveness' | 'Readiness' | 'Startup'
  httpGet: { path: string, port: int, scheme: 'HTTP' }
  periodSeconds: int
  failureThreshold: int
}

type binding = { name: string, bindingType: 'Disabled' | 'SniEnabled', certificateId: string? }

@export()
type entrance = {
  external: bool
  targetPort: int
  transport: 'http'
  allowInsecure: bool
  customDomains: binding[]
}

type authentication = { secretRef: string, triggerParameter: string }
type trigger = { type: string?, metadata: { *: string }, auth: authentication[]? }

@export()
type rule = { name: string, http: trigger?, custom: trigger? }

param name string
param tags { *: string }
param shared sharing

@description('What follows `python app.py`.')
param command string

@description('https from outside, or none.')
param ingress entrance? = null

param probes probe[]
param least int
param most int
param rules rule[]

var withCertificate = !empty(shared.certificateName)
var folder = '/etc/baton'
var credential = !empty(shared.vouching)
  ? []
  : withCertificate
      ? [{ name: 'certificate', keyVaultUrl: '${shared.vaultUrl}secrets/${shared.certificateName}', identity: shared.identityId }]
      : [{ name: 'client-secret', keyVaultUrl: '${shared.vaultUrl}secrets/client-secret', identity: shared.identityId }]
// A changed secret makes no new revision and does not reach running ones, and the policy is one. Its
// hash is a setting that nothing reads, so that another policy is another revision.
// https://learn.microsoft.com/azure/container-apps/manage-secrets
var settings = concat(
  [
    { name: 'DATABASE_URL', secretRef: 'database-url' }
    { name: 'POLICY_FILE', value: '${folder}/policy' }
    { name: 'POLICY_HASH', value: uniqueString(shared.policy) }
    { name: 'LOG_FORMAT', value: 'json' }
  ],
  filter(shared.settings, one => !empty(one.value)),
  !empty(shared.vouching)
    ? [{ name: 'MANAGED_IDENTITY', value: shared.vouching }]
    : withCertificate
        ? [{ name: 'CLIENT_CERTIFICATE', value: '${folder}/certificate' }]
        : [{ name: 'CLIENT_SECRET', secretRef: 'client-secret' }]
)
var mounts = [{ volumeName: 'files', mountPath: folder }]
var files = concat(
  [{ secretRef: 'policy', path: 'policy' }],
  withCertificate ? [{ secretRef: 'certificate', path: 'certificate' }] : []
)
var size = { cpu: json('0.5'), memory: '1Gi' }

resource app 'Microsoft.App/containerApps@2025-07-01' = {
  name: name
  location: shared.location
  tags: tags
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: { '${shared.identityId}': {} }
  }
  properties: {
    environmentId: shared.environmentId
    workloadProfileName: 'Consumption'
    configuration: {
      activeRevisionsMode: 'Single'
      ingress: ingress
      registries: [{ server: shared.registryHost, identity: shared.identityId }]
      secrets: concat(
        [
          { name: 'database-url', keyVaultUrl: '${shared.vaultUrl}secrets/database-url', identity: shared.identityId }
          { name: 'policy', value: shared.policy }
        ],
        credential
      )
    }
    template: {
      terminationGracePeriodSeconds: 30
      // Before every container, of either kind: whichever revision comes first, no new code meets
      // an old schema. Of many at once one does the work, and the others wait for it.
      initContainers: [
        {
          name: 'migrate'
          image: shared.image
          args: ['migrate']
          env: settings
          volumeMounts: mounts
          resources: size
        }
      ]
      containers: [
        {
          name: 'main'
          image: shared.image
          args: [command]
          env: settings
          volumeMounts: mounts
          probes: probes
          resources: size
        }
      ]
      scale: { minReplicas: least, maxReplicas: most, rules: rules }
      volumes: [{ name: 'files', storageType: 'Secret', secrets: files }]
    }
  }
}

output name string = app.name

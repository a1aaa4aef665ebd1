// `serve`: answers Teams, Graph and browsers. Alive and ready are two questions.

import { domain, sharing } from 'container.bicep'

param name string
param tags { *: string }
param shared sharing
param customDomains domain[]
param most int

var port = 3978

module container 'container.bicep' = {
  name: '${name}-container'
  params: {
    name: name
    tags: tags
    shared: shared
    command: 'serve'
    ingress: {
      external: true
      targetPort: port
      transport: 'http'
      allowInsecure: false
      customDomains: map(customDomains, one => {
        name: one.name
        bindingType: empty(one.?certificateId) ? 'Disabled' : 'SniEnabled'
        certificateId: one.?certificateId
      })
    }
    probes: [
      { type: 'Startup', httpGet: { path: '/healthz', port: port, scheme: 'HTTP' }, periodSeconds: 5, failureThreshold: 10 }
      { type: 'Liveness', httpGet: { path: '/healthz', port: port, scheme: 'HTTP' }, periodSeconds: 10, failureThreshold: 3 }
      { type: 'Readiness', httpGet: { path: '/readyz', port: port, scheme: 'HTTP' }, periodSeconds: 5, failureThreshold: 2 }
    ]
    least: 1
    most: most
    rules: [{ name: 'requests', http: { metadata: { concurrentRequests: '100' } } }]
  }
}

output name string = container.outputs.name

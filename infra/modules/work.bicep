// `work`: messages, Outlook, the clock. One always runs, for the clock; more when jobs wait.

import { sharing } from 'container.bicep'

param name string
param tags { *: string }
param shared sharing
param most int

module container 'container.bicep' = {
  name: '${name}-container'
  params: {
    name: name
    tags: tags
    shared: shared
    command: 'work'
    probes: []
    least: 1
    most: most
    rules: [
      {
        name: 'jobs'
        custom: {
          type: 'postgresql'
          metadata: {
            query: 'select count(*) from procrastinate_jobs where status = \'todo\' and coalesce(scheduled_at, \'-infinity\') <= now()'
            targetQueryValue: '100'
          }
          auth: [{ secretRef: 'database-url', triggerParameter: 'connection' }]
        }
      }
    ]
  }
}

output name string = container.outputs.name

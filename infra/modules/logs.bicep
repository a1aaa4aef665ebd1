// Where the containers' log lines go: ids only, no names, no card text, no tokens.

param name string
param location string
param tags { *: string }

@description('Days that lines are kept.')
param days int = 30

resource workspace 'Microsoft.OperationalInsights/workspaces@2025-07-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    sku: { name: 'PerGB2018' }
    retentionInDays: days
  }
}

output name string = workspace.name

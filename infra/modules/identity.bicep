// Who the containers are towards Azure: may pull the image and read the vault, nothing else. In
// Entra it vouches for the app registration, once that trusts it (docs/install.md).

param name string
param location string
param tags { *: string }

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: name
  location: location
  tags: tags
}

output principalId string = identity.properties.principalId

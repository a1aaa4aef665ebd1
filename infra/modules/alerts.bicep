// Who is woken for what: a rule for each promise, asked of the metrics every five minutes. The same
// promises as in infra/linux/prometheus-rules.yml.
//
// A gauge or a counter arrives as one value with a count of one and neither least nor greatest, so
// valueSum is the figure itself; valueMin and valueMax are there for histograms alone. Where nothing was
// sent there is no figure, which must not count as one that is too low.
//
// A rule is checked against a table that is there only once something was sent to it, so that the
// first deployment would be refused: https://github.com/mspnp/aks-baseline/pull/422

param name string
param location string
param tags { *: string }
param insightsId string

@description('Mail address that hears of alerts. Empty: they are only listed in the portal.')
param mail string

var promises = [
  { name: 'jobs-wait', metric: 'baton.queue.age', how: 'max', beyond: 'GreaterThan', most: 300, severity: 1, words: 'A job that is due has not been begun for five minutes. Is a worker running?' }
  { name: 'alarms-do-not-ring', metric: 'baton.alarm.age', how: 'max', beyond: 'GreaterThan', most: 600, severity: 1, words: 'A deadline passed ten minutes ago and nobody has been told. Is a worker running?' }
  { name: 'commitment-long-overdue', metric: 'baton.commitment.overdue_age', how: 'max', beyond: 'GreaterThan', most: 604800, severity: 3, words: 'A commitment has been overdue for a week, past every step of its escalation.' }
  { name: 'jobs-failed', metric: 'baton.queue.failed', how: 'max', beyond: 'GreaterThan', most: 0, severity: 2, words: 'A job has failed for good. The log of work says why.' }
  { name: 'not-delivered', metric: 'baton.delivery.failures', how: 'sum', beyond: 'GreaterThan', most: 5, severity: 2, words: 'Messages in Teams are not delivered. app.py doctor names whom it does not reach.' }
  { name: 'people-unreachable', metric: 'baton.people.unreachable', how: 'max', beyond: 'GreaterThan', most: 0, severity: 2, words: 'Teams does not reach someone. app.py doctor names them.' }
  { name: 'calendars-dark', metric: 'baton.calendars.dark', how: 'max', beyond: 'GreaterThan', most: 0, severity: 2, words: 'Calendars cannot be read; their owners are not booked. app.py doctor names them.' }
  { name: 'mailboxes-not-watched', metric: 'baton.subscriptions.missing', how: 'min', beyond: 'GreaterThan', most: 0, severity: 2, words: 'Graph tells nothing of a mailbox in use. Is PUBLIC_URL reached from outside?' }
  { name: 'books-untrue', metric: 'baton.books.untrue', how: 'max', beyond: 'GreaterThan', most: 0, severity: 2, words: 'A handoff is not as it always should be. app.py doctor says which, and what.' }
  { name: 'nothing-routed', metric: 'baton.chain.age', how: 'max', beyond: 'GreaterThan', most: 1209600, severity: 3, words: 'For two weeks no lead was given by turn, and nothing was written to the chain of routing records. Are leads handed over?' }
  { name: 'certificate-ends', metric: 'baton.credential.left', how: 'min', beyond: 'LessThan', most: 1209600, severity: 2, words: 'In less than two weeks the certificate that Baton signs in with ends. docs/upkeep.md says how it is renewed.' }
  { name: 'token-refused', metric: 'baton.token.refused', how: 'sum', beyond: 'GreaterThan', most: 1, severity: 1, words: 'Graph or Teams refuses also a token that Entra has just given; nothing goes on. app.py doctor says where Entra tells why.' }
  { name: 'throttled', metric: 'baton.graph.throttled', how: 'sum', beyond: 'GreaterThan', most: 50, severity: 2, words: 'Graph turns requests away; what must be done in Outlook is late.' }
]

resource group 'Microsoft.Insights/actionGroups@2023-01-01' = if (!empty(mail)) {
  name: '${name}-people'
  location: 'global'
  tags: tags
  properties: {
    groupShortName: 'baton'
    enabled: true
    emailReceivers: [{ name: 'mail', emailAddress: mail, useCommonAlertSchema: true }]
  }
}

resource rules 'Microsoft.Insights/scheduledQueryRules@2026-03-01' = [
  for promise in promises: {
    name: '${name}-${promise.name}'
    location: location
    tags: tags
    properties: {
      displayName: 'Baton: ${promise.name}'
      description: promise.words
      severity: promise.severity
      enabled: true
      skipQueryValidation: true
      scopes: [insightsId]
      evaluationFrequency: 'PT5M'
      windowSize: 'PT15M'
      criteria: {
        allOf: [
          {
            query: 'customMetrics | where name == "${promise.metric}" | summarize figure = ${promise.how}(valueSum) | where isnotnull(figure)'
            timeAggregation: 'Maximum'
            metricMeasureColumn: 'figure'
            operator: promise.beyond
            threshold: promise.most
            failingPeriods: { numberOfEvaluationPeriods: 1, minFailingPeriodsToAlert: 1 }
          }
        ]
      }
      autoMitigate: true
      actions: { actionGroups: empty(mail) ? [] : [group.id] }
    }
  }
]

resource silence 'Microsoft.Insights/scheduledQueryRules@2026-03-01' = {
  name: '${name}-not-seen'
  location: location
  tags: tags
  properties: {
    displayName: 'Baton: not seen'
    description: 'No process has said for fifteen minutes how things stand. Is the database up?'
    severity: 1
    enabled: true
    skipQueryValidation: true
    scopes: [insightsId]
    evaluationFrequency: 'PT5M'
    windowSize: 'PT15M'
    criteria: {
      allOf: [
        {
          query: 'customMetrics | where name == "baton.looked_at"'
          timeAggregation: 'Count'
          operator: 'LessThan'
          threshold: 1
          failingPeriods: { numberOfEvaluationPeriods: 1, minFailingPeriodsToAlert: 1 }
        }
      ]
    }
    autoMitigate: true
    actions: { actionGroups: empty(mail) ? [] : [group.id] }
  }
}

// What the last quarter of an hour says is held to what the rest of the day said before. A number can
// only rise, so one that is lower was written anew, or comes from a copy of the database.
resource chain 'Microsoft.Insights/scheduledQueryRules@2026-03-01' = {
  name: '${name}-chain-went-back'
  location: location
  tags: tags
  properties: {
    displayName: 'Baton: chain went back'
    description: 'The chain of routing records is shorter than it was. Was a copy of the database restored? If not, somebody wrote to it: hold it to the log with app.py replay --head.'
    severity: 1
    enabled: true
    skipQueryValidation: true
    scopes: [insightsId]
    evaluationFrequency: 'PT15M'
    windowSize: 'P1D'
    criteria: {
      allOf: [
        {
          query: 'customMetrics | where name == "baton.chain.number" | summarize before = maxif(valueSum, timestamp < ago(15m)), now = maxif(valueSum, timestamp >= ago(15m)) | where isnotnull(before) and isnotnull(now) | project figure = before - now'
          timeAggregation: 'Maximum'
          metricMeasureColumn: 'figure'
          operator: 'GreaterThan'
          threshold: 0
          failingPeriods: { numberOfEvaluationPeriods: 1, minFailingPeriodsToAlert: 1 }
        }
      ]
    }
    autoMitigate: true
    actions: { actionGroups: empty(mail) ? [] : [group.id] }
  }
}

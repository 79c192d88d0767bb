// The order of the pages in the sidebar. A page of docs/ that is not here comes last; a name that is no page is refused.

export const sections = [
  { text: "Start", pages: ["first-ten-minutes", "choosing-a-schedule", "testing", "glossary"] },
  {
    text: "Coming from",
    pages: [
      "ten-needs",
      "node-cron",
      "bullmq",
      "pg-boss",
      "graphile-worker",
      "celery-and-apscheduler",
      "systemd-timers"
    ].map((name) => `coming-from/${name}`)
  },
  { text: "When it runs", pages: ["missed-runs", "daylight-saving", "time", "ordering", "dependencies"] },
  { text: "What it does", pages: ["instances", "memory", "retries", "control", "failures", "more-than-one-machine"] },
  { text: "See it run", pages: ["observing", "watching", "observing-cli", "doctor", "heartbeats", "simulation"] },
  {
    text: "What it promises",
    pages: [
      "law-1-repeat",
      "law-2-durability",
      "law-3-record",
      "law-4-order",
      "law-5-isolation",
      "law-6-once",
      "law-7-idle",
      "compiler-messages"
    ]
  },
  {
    text: "What is inside",
    pages: [
      "how-a-tick-works",
      "state-and-log",
      "performance",
      "limits",
      "security",
      "licences",
      "effect-4",
      "releasing"
    ]
  }
]

// Load with k6: k6 run -e URL=https://staging.example.com -e KEY=se_… deploy/load/k6.js
// Requests come at a rate, whatever the answers take (open loop). The thresholds are the objectives of README.md.
// The key's own limits hold: give it enough (rate_limit when it is made), or 429 is what is measured.
import { check } from 'k6';
import http from 'k6/http';
import { Rate } from 'k6/metrics';

const URL = __ENV.URL || 'http://localhost:8000';
const READS = Number(__ENV.READS || 50);
const SUBMISSIONS = Number(__ENV.SUBMISSIONS || 5);
const DURATION = __ENV.DURATION || '2m';

const limited = new Rate('limited');
const headers = { 'X-API-Key': __ENV.KEY || '', 'Content-Type': 'application/json' };

const steady = (exec, rate) => ({
  executor: 'constant-arrival-rate',
  exec,
  rate,
  timeUnit: '1s',
  duration: DURATION,
  preAllocatedVUs: Math.max(10, rate),
  maxVUs: Math.max(50, rate * 10),
});

export const options = {
  scenarios: { reads: steady('read', READS), submissions: steady('submit', SUBMISSIONS) },
  thresholds: {
    'http_req_failed{scenario:reads}': ['rate<0.001'],
    'http_req_failed{scenario:submissions}': ['rate<0.001'],
    'http_req_duration{scenario:reads}': ['p(99)<250'],
    'http_req_duration{scenario:submissions}': ['p(99)<500'],
    limited: ['rate==0'],
    dropped_iterations: ['count==0'],
  },
};

function answered(response, status) {
  limited.add(response.status === 429);
  check(response, { [`is ${status}`]: ({ status: one }) => one === status });
}

export function read() {
  answered(http.get(`${URL}/api/v1/assessments?limit=20`, { headers }), 200);
}

export function submit() {
  // Another name each time: the same submission of the same candidate is judged once.
  const name = `total_${Math.floor(Math.random() * 1e9)}`;
  const code = `def ${name}(orders):\n    return sum(order.price for order in orders)\n`;
  const body = JSON.stringify({ candidate_id: `load-${__VU}`, content: { code } });
  answered(http.post(`${URL}/api/v1/assessments`, body, { headers }), 201);
}

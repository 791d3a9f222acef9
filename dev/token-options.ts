import { defineCommand } from '../cli/args/definition.ts';

export const tokenCommand = defineCommand({
  name: 'token',
  typed: 'npm run token --',
  description: 'Prints a JWT that the local stack accepts, on any port',
  args: {
    tenant: {
      type: 'string',
      valueHint: 'NAME',
      required: 'say whose data, such as --tenant acme',
      description: 'the tenant: acme and globex have data',
    },
    user: {
      type: 'string',
      valueHint: 'NAME',
      required: 'say who asks, such as --user ann',
      description: 'the user: ann (admin), bob (viewer), carol (analyst), dan (admin) and others',
    },
    role: {
      type: 'string',
      valueHint: 'NAME',
      multiple: true,
      description: 'a role (default: the one that the demo gives this user)',
    },
    claim: {
      type: 'string',
      valueHint: 'NAME=VALUE',
      multiple: true,
      description:
        'a further claim, or another value for one; VALUE is JSON where it is, else text: org=acme, mfa=true',
    },
    'expires-in': {
      type: 'string',
      valueHint: 'TIME',
      default: '1d',
      description: 'how long it is valid: a whole number and s, m, h or d, at most 399d',
    },
    json: { type: 'boolean', description: 'print {"token", "expires_at", …} instead of the token alone' },
  },
  examples: [
    'npm run token -- --tenant acme --user ann',
    'TOKEN=$(npm run -s token -- --tenant acme --user bob --expires-in 1h)',
  ],
  stray:
    'it takes flags only, and npm keeps them for itself unless -- stands before them: npm run token -- --tenant acme --user ann',
  notes: `JWT_ISSUER and JWT_AUDIENCE, in the environment or in .dev.vars, say its iss and aud, as they do for npm run dev; the strategy in routes/ says by which
claims it names tenant, user and roles (where the Worker does not start: tenant, sub and roles, and stderr says so).
Exit codes: 0 printed; 1 these cannot be read; 2 the command is not well typed.`,
});

import { claims } from '../../src/lessons/server-sent-events/claims.ts';
import { testClaims } from '../support/claims.ts';

testClaims('server-sent-events', claims);

import { claims } from '../../src/lessons/connection-list/claims.ts';
import { testClaims } from '../support/claims.ts';

testClaims('connection-list', claims);

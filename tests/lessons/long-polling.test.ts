import { claims } from '../../src/lessons/long-polling/claims.ts';
import { testClaims } from '../support/claims.ts';

testClaims('long-polling', claims);

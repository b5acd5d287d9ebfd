/** The algorithms of DPoP proofs (RFC 9449 §4.2) that auth and the gateway accept. `EdDSA` is the former name of `Ed25519`. */
export const PROOF_ALGORITHMS = ['ES256', 'Ed25519', 'EdDSA'] as const;

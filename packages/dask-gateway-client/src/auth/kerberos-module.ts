/** One negotiation with a service. */
export interface KerberosClient {
  /** Takes the service's challenge, base64, at first `""`, and resolves with the reply to it. */
  step(challenge: string): Promise<string>;
}

/** What is used of the package `kerberos`. */
export interface KerberosModule {
  readonly GSS_C_MUTUAL_FLAG: number;
  readonly GSS_C_SEQUENCE_FLAG: number;
  readonly GSS_MECH_OID_SPNEGO: number;
  /** Begins a negotiation with the service. */
  initializeClient(
    service: string,
    options: { readonly gssFlag: number; readonly mechOID: number },
  ): Promise<KerberosClient>;
}

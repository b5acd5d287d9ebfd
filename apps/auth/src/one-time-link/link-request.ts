/** A mail to send: a link, which is made when the mail is sent, or a notice. */
export type LinkRequest =
  | {
      readonly purpose: 'reset_password' | 'verify_email';
      /** Normalised by `email()`. It need not have an account. */
      readonly email: string;
    }
  | {
      readonly purpose: 'log_in';
      readonly email: string;
      /** The browser's interaction. */
      readonly interaction: string;
    }
  | {
      readonly purpose: 'confirm_outside';
      /** The address that an outside provider stated. */
      readonly email: string;
      readonly interaction: string;
      /** The id of the log-in with the provider. */
      readonly logIn: string;
    }
  | {
      readonly purpose: 'change_email';
      /** The new address. */
      readonly email: string;
      readonly accountId: string;
      /** The account's {@link credentialsStamp} at the request. */
      readonly stamp: string;
    }
  | {
      readonly purpose: 'register';
      readonly email: string;
      /** The id of the registration. */
      readonly registration: string;
    }
  | {
      /** A notice to the account's owner. */
      readonly purpose: 'log_in_linked' | 'log_in_unlinked';
      /** The account's address. */
      readonly email: string;
      /** The outside provider's name for people. */
      readonly provider: string;
    }
  | {
      /** A notice without a link. */
      readonly purpose: 'email_changed' | 'account_deleted';
      /** The address that the account had. */
      readonly email: string;
    };

/** A request as the outbox stores it. */
export type StoredRequest = LinkRequest & {
  readonly id: string;
  /** How often an SMTP server has rejected the mail. */
  readonly rejections: number;
};

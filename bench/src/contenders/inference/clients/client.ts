/** Somebody who asks the server. */
export interface Client extends AsyncDisposable {
  /** Has `count` prompts answered, all at once, up to `AT_A_TIME` requests under way. @throws Error when an answer is missing or too short. */
  ask(count: number): Promise<void>;
}

import { Inject, Injectable } from '@nestjs/common';
import { OutsideProvider } from './outside-provider.ts';
import { PROVIDERS, type Providers } from './providers.ts';

/** The outside providers that users can log in with. */
@Injectable()
export class OutsideProviders {
  readonly #byId: ReadonlyMap<string, OutsideProvider>;

  constructor(@Inject(PROVIDERS) { settings, publicUrl }: Providers) {
    this.#byId = new Map(settings.map((each) => [each.id, new OutsideProvider(each, publicUrl)]));
  }

  /** All, in the order of the settings. */
  get all(): readonly OutsideProvider[] {
    return [...this.#byId.values()];
  }

  find(id: string): OutsideProvider | undefined {
    return this.#byId.get(id);
  }

  /** Reads the metadata that is missing or old. A provider that does not answer stops nothing. */
  async discoverAll(): Promise<void> {
    await Promise.all(this.all.map((provider) => provider.discover()));
  }
}

import { field } from '@reputable/request';

/** The maximum length of a device name, in characters. */
export const DEVICE_LENGTH = 200;

/** The name that a client gives the device it runs on, such as its User-Agent header. */
export const device = () => field.text(0, DEVICE_LENGTH);

/** The values of an array [outer, channels, inner] as [outer, inner, channels]. */
export function withChannelsLast(values, channels, inner) {
  const result = new values.constructor(values.length);
  for (let first = 0; first < values.length; first += channels * inner) {
    for (let channel = 0; channel < channels; channel += 1) {
      for (let i = 0; i < inner; i += 1) {
        result[first + i * channels + channel] = values[first + channel * inner + i];
      }
    }
  }
  return result;
}

// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.support;

/// What Howdah does with a field.
///
/// @param reason why the field has no effect yet; empty where it has
public record Support(State state, String reason) {
  /// Whether a field has an effect.
  public enum State {
    SUPPORTED,
    LATER
  }

  public boolean isSupported() {
    return state == State.SUPPORTED;
  }
}

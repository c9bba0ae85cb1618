// SPDX-License-Identifier: Apache-2.0
package dev.howdah.podruntime.probe;

/// What one probe found; the message says why it failed.
public record Outcome(boolean ok, String message) {
  public static final Outcome OK = new Outcome(true, "");

  public static Outcome failed(String message) {
    return new Outcome(false, message);
  }
}

// SPDX-License-Identifier: Apache-2.0
package dev.howdah.core.problem;

/// A failure as its reader needs it: what happened, what that means for them, what to do about it.
///
/// @param code stable name in capitals, as in `PORT_IN_USE`; it shows in conditions, events and
///   logs
/// @param what what happened, with the object and the value concerned
/// @param meaning what follows from it; may be empty where that is obvious
/// @param remedy what to do or to write instead
public record Problem(String code, String what, String meaning, String remedy) {
  public Problem(String code, String what, String remedy) {
    this(code, what, "", remedy);
  }

  /// The whole as one text: a sentence a line.
  public String text() {
    return meaning.isEmpty() ? what + "\n" + remedy : what + "\n" + meaning + "\n" + remedy;
  }
}

// SPDX-License-Identifier: Apache-2.0
package dev.howdah.api.catalog;

import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The name of a container image, taken apart.
///
/// @param tag empty where there is none
/// @param digest such as `sha256:…`; empty where there is none
public record ImageName(String repository, String tag, String digest) {
  private static final Pattern NAME =
      Pattern.compile(
          "((?:[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?(?::[0-9]+)?/)?"
              + "[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*)"
              + "(?::([A-Za-z0-9_][A-Za-z0-9_.-]{0,127}))?"
              + "(?:@([A-Za-z][A-Za-z0-9]*:[0-9a-fA-F]{32,}))?");

  private static final Pattern VERSION = Pattern.compile("([0-9]{1,3})(?:[^0-9].*)?");

  /// The parts of a name, if it has the form of one.
  public static Optional<ImageName> parse(String text) {
    Matcher matcher = NAME.matcher(text);
    if (!matcher.matches()) {
      return Optional.empty();
    }
    String tag = matcher.group(2);
    String digest = matcher.group(3);
    return Optional.of(
        new ImageName(matcher.group(1), tag == null ? "" : tag, digest == null ? "" : digest));
  }

  /// The PostgreSQL major that the tag begins with: 18 of `18.6-system-trixie`, 17 of `17beta1`.
  public OptionalInt major() {
    Matcher matcher = VERSION.matcher(tag);
    return matcher.matches()
        ? OptionalInt.of(Integer.parseInt(matcher.group(1)))
        : OptionalInt.empty();
  }
}

// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.resource;

import java.util.Comparator;
import java.util.regex.Pattern;

/// The order of API versions: `v10`, `v2`, `v1`, `v2beta1`, `v1alpha3`, and then others by name.
public final class Versions {
  private static final Pattern FORM = Pattern.compile("v(\\d{1,9})(?:(alpha|beta)(\\d{1,9}))?");

  /// Stable before beta before alpha, newer before older.
  public static final Comparator<String> PREFERRED_FIRST = Versions::compare;

  private Versions() {}

  private static int compare(String left, String right) {
    var a = FORM.matcher(left);
    var b = FORM.matcher(right);
    if (!a.matches() || !b.matches()) {
      return a.matches() ? -1 : b.matches() ? 1 : left.compareTo(right);
    }
    var stability = Integer.compare(rank(b.group(2)), rank(a.group(2)));
    if (stability != 0) {
      return stability;
    }
    var major = Integer.compare(Integer.parseInt(b.group(1)), Integer.parseInt(a.group(1)));
    if (major != 0 || a.group(3) == null) {
      return major;
    }
    return Integer.compare(Integer.parseInt(b.group(3)), Integer.parseInt(a.group(3)));
  }

  private static int rank(@org.jspecify.annotations.Nullable String stability) {
    if (stability == null) {
      return 2;
    }
    return stability.equals("beta") ? 1 : 0;
  }
}

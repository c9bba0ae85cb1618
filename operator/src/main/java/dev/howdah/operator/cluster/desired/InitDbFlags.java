// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.cluster.desired;

import dev.howdah.api.cluster.Bootstrap;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The arguments of initdb.
final class InitDbFlags {
  private InitDbFlags() {}

  /// Raw options replace everything else.
  static List<String> of(Blueprint blueprint, Bootstrap.@Nullable InitDb initdb) {
    if (initdb == null) {
      return List.of("--encoding=UTF8", "--lc-collate=C", "--lc-ctype=C");
    }
    if (!initdb.options().isEmpty()) {
      return initdb.options();
    }
    var flags = new ArrayList<String>();
    String level = blueprint.spec().logLevel();
    if (level.equals("debug") || level.equals("trace")) {
      flags.add("-d");
    }
    if (Boolean.TRUE.equals(initdb.dataChecksums())) {
      flags.add("-k");
    }
    add(flags, "--encoding=", or(initdb.encoding(), "UTF8"));
    add(flags, "--lc-collate=", or(initdb.localeCollate(), "C"));
    add(flags, "--lc-ctype=", or(initdb.localeCType(), "C"));
    add(flags, "--locale=", initdb.locale());
    add(flags, "--locale-provider=", initdb.localeProvider());
    add(flags, "--icu-locale=", initdb.icuLocale());
    add(flags, "--icu-rules=", initdb.icuRules());
    add(flags, "--builtin-locale=", initdb.builtinLocale());
    if (initdb.walSegmentSize() != null && initdb.walSegmentSize() != 0) {
      flags.add("--wal-segsize=" + initdb.walSegmentSize());
    }
    return flags;
  }

  private static String or(@Nullable String given, String otherwise) {
    return given == null || given.isEmpty() ? otherwise : given;
  }

  private static void add(List<String> flags, String option, @Nullable String value) {
    if (value != null && !value.isEmpty()) {
      flags.add(option + value);
    }
  }
}

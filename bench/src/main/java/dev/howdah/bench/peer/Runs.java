// SPDX-License-Identifier: Apache-2.0
package dev.howdah.bench.peer;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// The runs that were made, one line each, so that a bench can be made in parts.
final class Runs {
  private static final String HEADER =
      "day,subject,profile,mode,fault,gap,lost,acknowledged,load\n";

  private final Path file;
  private final List<Run> all = new ArrayList<>();

  /// @param gap seconds; infinite when no write was acknowledged any more
  /// @param load of the machine, averaged over the last minute: others may have been at work
  record Run(
      String day,
      String subject,
      String profile,
      String mode,
      String fault,
      double gap,
      int lost,
      int acknowledged,
      double load) {
    String line() {
      return String.format(
          Locale.ROOT,
          "%s,%s,%s,%s,%s,%.3f,%d,%d,%.1f%n",
          day,
          subject,
          profile,
          mode,
          fault,
          gap,
          lost,
          acknowledged,
          load);
    }

    static Run parse(String line) {
      String[] field = line.split(",");
      return new Run(
          field[0],
          field[1],
          field[2],
          field[3],
          field[4],
          Double.parseDouble(field[5]),
          Integer.parseInt(field[6]),
          Integer.parseInt(field[7]),
          Double.parseDouble(field[8]));
    }
  }

  Runs(Path file) throws IOException {
    this.file = file;
    if (Files.exists(file)) {
      Files.readAllLines(file).stream().skip(1).map(Run::parse).forEach(all::add);
    } else {
      Files.writeString(file, HEADER);
    }
  }

  void add(Run run) throws IOException {
    all.add(run);
    Files.writeString(file, run.line(), StandardOpenOption.APPEND);
  }

  List<Run> of(String subject, String profile, String mode, String fault) {
    return all.stream()
        .filter(run -> run.subject().equals(subject) && run.fault().equals(fault))
        .filter(run -> run.profile().equals(profile) && run.mode().equals(mode))
        .toList();
  }
}

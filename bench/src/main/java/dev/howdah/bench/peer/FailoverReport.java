// SPDX-License-Identifier: Apache-2.0
package dev.howdah.bench.peer;

import dev.howdah.bench.peer.Runs.Run;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/// The page and the chart of the runs that were made.
final class FailoverReport {
  private static final List<String> PROFILES = List.of("standard", "fast");
  private static final List<String> MODES = List.of("asynchronous", "synchronous");
  private static final List<String> SUBJECTS = List.of("patroni", "howdah");

  private final Runs runs;

  FailoverReport(Runs runs) {
    this.runs = runs;
  }

  String page() throws IOException {
    return """
    # Failover beside Patroni

    Made by `bench/run patroni` from [failover.csv](failover.csv); don't edit. `bench/run patroni 20 [standard|fast] [sync]`
    makes the runs that are missing until there are 20 of each kind, `--minutes M` in parts, `bench/run patroni report` this page.

    Machine: %s. Both clusters are up on it all the time and are hit in turns: three instances of PostgreSQL 15, Debian's
    Patroni 3.0.2 with one etcd 3.4, Howdah's embedded mode. One client writes a row every 5 ms and reconnects at once (connect timeout 2 s,
    socket timeout 3 s). Patroni's client names all hosts and takes the one that accepts writes, as libpq and JDBC offer it; Howdah's goes through
    `-rw`. `standard`: each one's defaults (Patroni: ttl 30, loop_wait 10, retry_timeout 10; Howdah: lease 15/10/2 s). `fast`: the smallest
    values that Patroni documents (ttl 20, loop_wait 1, retry_timeout 3) and Howdah's 6/4/1 s.

    | fault | what is done to the primary's node | counts when |
    |---|---|---|
    | postmaster | SIGKILL of PostgreSQL's first process | it is gone |
    | agent | SIGKILL of Patroni, of Howdah's instance manager. Debian's unit doesn't start Patroni again; the bench does, 2 s after another took over or after 45 s | it is gone |
    | freeze | SIGSTOP of all its processes, until 5 s after writes came back | the postmaster stands still |
    | power | SIGKILL of all its processes at once. Patroni is started again 5 s after writes came back, Howdah's container by its runtime | the postmaster is gone |
    | switchover | `patronictl switchover`, `howdah promote` | another one leads |

    The gap is the longest time between two acknowledged rows after the fault; a lost row was acknowledged and is gone in the end. `load` is the
    machine's load average after each run: on a machine with much else to do the gaps say little.

    ![median gaps](failover.svg)

    %s\
    """
        .formatted(machine(), tables());
  }

  private static String machine() throws IOException {
    String model =
        Files.readAllLines(Path.of("/proc/cpuinfo")).stream()
            .filter(line -> line.startsWith("model name"))
            .map(line -> line.substring(line.indexOf(':') + 1).strip())
            .findFirst()
            .orElse("unknown processor");
    return "%d cores (%s), Linux %s, JDK %s"
        .formatted(
            Runtime.getRuntime().availableProcessors(),
            model,
            System.getProperty("os.version"),
            Runtime.version().feature());
  }

  String tables() {
    var text = new StringBuilder();
    for (String mode : MODES) {
      for (String profile : PROFILES) {
        var rows = new StringBuilder();
        for (String fault : Subject.FAULTS) {
          for (String subject : SUBJECTS) {
            var made = runs.of(subject, profile, mode, fault);
            if (!made.isEmpty()) {
              rows.append(row(subject, fault, made));
            }
          }
        }
        if (!rows.isEmpty()) {
          text.append(
              "## %s, %s%n%n"
                  .formatted(Character.toUpperCase(mode.charAt(0)) + mode.substring(1), profile));
          text.append(
              "| fault | product | runs | median | p95 | worst | lost rows | runs with a loss | load |\n");
          text.append("|---|---|---|---|---|---|---|---|---|\n").append(rows).append('\n');
        }
      }
    }
    return text.toString();
  }

  private static String row(String subject, String fault, List<Run> made) {
    return String.format(
        Locale.ROOT,
        "| %s | %s | %d | %s | %s | %s | %d of %d | %d | %.0f |%n",
        fault,
        subject,
        made.size(),
        seconds(at(made, 0.5)),
        seconds(at(made, 0.95)),
        seconds(at(made, 1)),
        made.stream().mapToInt(Run::lost).sum(),
        made.stream().mapToInt(Run::acknowledged).sum(),
        made.stream().filter(run -> run.lost() > 0).count(),
        made.stream().mapToDouble(Run::load).average().orElse(0));
  }

  private static String seconds(double gap) {
    return Double.isInfinite(gap) ? "over 120 s" : String.format(Locale.ROOT, "%.3f s", gap);
  }

  /// The smallest gap that at least this share of the runs doesn't exceed; the middle of two for
  /// the median.
  static double at(List<Run> made, double share) {
    double[] gaps = made.stream().mapToDouble(Run::gap).sorted().toArray();
    if (share == 0.5 && gaps.length % 2 == 0) {
      return (gaps[gaps.length / 2 - 1] + gaps[gaps.length / 2]) / 2;
    }
    return gaps[Math.max(0, (int) Math.ceil(gaps.length * share) - 1)];
  }

  /// Bars of the median gaps, with a line to the worst, on a logarithmic scale from 10 ms to 100 s.
  String chart() {
    var bars = new StringBuilder();
    int y = 34;
    for (String mode : MODES) {
      for (String profile : PROFILES) {
        for (String fault : Subject.FAULTS) {
          for (String subject : SUBJECTS) {
            var made = runs.of(subject, profile, mode, fault);
            if (!made.isEmpty()) {
              var name = "%s %s, %s, %s".formatted(subject, fault, profile, mode);
              bars.append(bar(y, name, subject, at(made, 0.5), at(made, 1)));
              y += subject.equals("howdah") ? 24 : 16;
            }
          }
        }
      }
    }
    var lines = new StringBuilder();
    for (double seconds : new double[] {0.01, 0.1, 1, 10, 100}) {
      lines.append(
          String.format(
              Locale.ROOT,
              "<line x1='%1$.0f' y1='24' x2='%1$.0f' y2='%2$d' stroke='#ddd'/><text x='%1$.0f' y='18' text-anchor='middle'>%3$s s</text>%n",
              x(seconds),
              y,
              seconds < 1 ? Double.toString(seconds) : Long.toString((long) seconds)));
    }
    return """
    <svg xmlns='http://www.w3.org/2000/svg' width='860' height='%d' font-family='sans-serif' font-size='11'>
    <rect width='100%%' height='100%%' fill='white'/>
    %s%s</svg>
    """
        .formatted(y + 10, lines, bars);
  }

  private static double x(double seconds) {
    return 300 + 130 * (Math.log10(Math.clamp(seconds, 0.01, 100)) + 2);
  }

  private static String bar(int y, String name, String subject, double median, double worst) {
    var text =
        """
        <text x='290' y='%d' text-anchor='end'>%s</text><rect x='300' y='%d' width='%.1f' height='11' fill='%s'/>\
        <line x1='300' y1='%d' x2='%.1f' y2='%d' stroke='#333'/><text x='%.1f' y='%d'>%s</text>
        """;
    var color = subject.equals("howdah") ? "#2a7ab8" : "#c8743c";
    double width = Math.max(1, x(median) - 300);
    int low = y + 9;
    int middle = y + 5;
    double end = x(worst);
    return String.format(
        Locale.ROOT,
        text,
        low,
        name,
        y,
        width,
        color,
        middle,
        end,
        middle,
        end + 5,
        low,
        seconds(median));
  }
}

// SPDX-License-Identifier: Apache-2.0
package dev.howdah.core.metrics;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Collects samples and writes them as Prometheus' text format, version 0.0.4.
///
/// Of two samples that Prometheus could not tell apart the first counts, since it would refuse all
/// of them otherwise; so does the first type that a name is given.
public final class Metrics {
  public static final String CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

  private static final int NUMBER = 16;
  private static final int QUOTES = 2;

  private final Map<String, Family> families = new LinkedHashMap<>();
  private int doubled;
  private int size;
  private long length;

  private static final class Family {
    private final MetricName name;
    private final List<Sample> samples = new ArrayList<>();
    private final Set<String> known = new HashSet<>();

    Family(MetricName name) {
      this.name = name;
    }
  }

  /// @param labelValues in the order of the metric's labels
  public Metrics add(MetricName metric, double value, String... labelValues) {
    if (labelValues.length != metric.labels().size()) {
      throw new IllegalArgumentException(metric.name() + " has the labels " + metric.labels());
    }
    List<String> labels = new ArrayList<>(2 * labelValues.length);
    for (int i = 0; i < labelValues.length; i++) {
      labels.add(metric.labels().get(i));
      labels.add(labelValues[i]);
    }
    return add(metric, new Sample("", labels, value));
  }

  public Metrics add(MetricName metric, Sample sample) {
    Family family = families.computeIfAbsent(metric.name(), _ -> new Family(metric));
    if (family.name.type() == metric.type()
        && family.known.add(sample.suffix() + sample.labels())) {
      family.samples.add(sample);
      size++;
      length += metric.name().length() + sample.suffix().length() + NUMBER;
      sample.labels().forEach(label -> length += label.length() + QUOTES);
    } else {
      doubled++;
    }
    return this;
  }

  /// Takes all samples of another collection.
  public Metrics addAll(Metrics other) {
    other
        .families
        .values()
        .forEach(family -> family.samples.forEach(sample -> add(family.name, sample)));
    return this;
  }

  /// How many samples were left out since they said again what others had said.
  public int doubled() {
    return doubled;
  }

  /// How many samples are in it.
  public int size() {
    return size;
  }

  /// How many characters its text has, roughly.
  public long length() {
    return length;
  }

  /// The names of all metrics in it.
  public Set<String> names() {
    return Set.copyOf(families.keySet());
  }

  /// The samples of one metric.
  public List<Sample> of(String name) {
    Family family = families.get(name);
    return family == null ? List.of() : List.copyOf(family.samples);
  }

  /// The text that a request for metrics is answered with.
  public String text() {
    var out = new StringBuilder(256 * families.size());
    for (Family family : families.values()) {
      String name = family.name.name();
      out.append("# HELP ").append(name).append(' ');
      escape(out, family.name.help(), false);
      out.append("\n# TYPE ").append(name).append(' ').append(family.name.type().word());
      out.append('\n');
      family.samples.forEach(sample -> write(out, name, sample));
    }
    return out.toString();
  }

  private static void write(StringBuilder out, String name, Sample sample) {
    out.append(name).append(sample.suffix());
    List<String> labels = sample.labels();
    for (int i = 0; i < labels.size(); i += 2) {
      out.append(i == 0 ? '{' : ',').append(labels.get(i)).append("=\"");
      escape(out, labels.get(i + 1), true);
      out.append('"');
    }
    out.append(labels.isEmpty() ? " " : "} ").append(number(sample.value())).append('\n');
  }

  private static void escape(StringBuilder out, String text, boolean quotes) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '\\' -> out.append("\\\\");
        case '\n' -> out.append("\\n");
        case '"' -> out.append(quotes ? "\\\"" : "\"");
        default -> out.append(c);
      }
    }
  }

  /// A number as Prometheus reads it; whole ones without a fraction.
  public static String number(double value) {
    if (Double.isNaN(value)) {
      return "NaN";
    }
    if (Double.isInfinite(value)) {
      return value > 0 ? "+Inf" : "-Inf";
    }
    boolean whole = value == Math.rint(value) && Math.abs(value) < 1e15;
    return whole ? Long.toString((long) value) : Double.toString(value);
  }
}

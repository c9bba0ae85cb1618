// SPDX-License-Identifier: Apache-2.0
package dev.howdah.operator.cluster.observed;

import dev.howdah.api.names.Annotations;
import dev.howdah.api.names.Labels;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// An instance: its volumes, and what uses them. It exists because its volumes do.
///
/// @param volumes those that count, that of the data first
/// @param dataVolume the one of the data among them; null where it doesn't count or is gone
/// @param leaving volumes that are being deleted
/// @param pod null without one
/// @param job the newest job of it that isn't being deleted; null without one
/// @param report null where the pod was not asked yet
public record Instance(
    String name,
    int serial,
    List<ObservedVolume> volumes,
    @Nullable ObservedVolume dataVolume,
    List<ObservedVolume> leaving,
    @Nullable ObservedPod pod,
    @Nullable ObservedJob job,
    @Nullable InstanceReport report) {

  /// Groups what belongs together, by the instance's name; ordered by number.
  public static List<Instance> group(
      List<ObservedVolume> volumes,
      List<ObservedPod> pods,
      List<ObservedJob> jobs,
      Map<String, InstanceReport> reports) {
    var byName = new HashMap<String, List<ObservedVolume>>();
    for (ObservedVolume volume : volumes) {
      byName.computeIfAbsent(volume.instance(), _ -> new ArrayList<>()).add(volume);
    }
    var podOf = new HashMap<String, ObservedPod>();
    pods.forEach(pod -> podOf.put(pod.name(), pod));
    var jobOf = new HashMap<String, ObservedJob>();
    jobs.stream()
        .filter(job -> !job.meta().deleting())
        .forEach(job -> jobOf.put(job.instance(), job));
    var instances = new ArrayList<Instance>();
    byName.forEach((name, all) -> {
      List<ObservedVolume> counting =
          all.stream()
              .filter(ObservedVolume::counts)
              .sorted(Comparator.comparing(ObservedVolume::role))
              .toList();
      List<ObservedVolume> leaving = all.stream().filter(v -> v.meta().deleting()).toList();
      int serial = number(name, all);
      if (serial > 0 && (!counting.isEmpty() || !leaving.isEmpty())) {
        ObservedPod pod = podOf.get(name);
        instances.add(
            new Instance(
                name,
                serial,
                counting,
                counting.stream()
                    .filter(v -> v.role().equals(Labels.PG_DATA))
                    .findFirst()
                    .orElse(null),
                leaving,
                pod,
                jobOf.get(name),
                pod == null ? null : reports.get(pod.meta().uid())));
      }
    });
    instances.sort(Comparator.comparingInt(Instance::serial).thenComparing(Instance::name));
    return List.copyOf(instances);
  }

  /// Its number; 0 without one. Claims that disagree are wrong where they aren't what the name
  /// says, from which all else is named; else the one of the data is right.
  private static int number(String name, List<ObservedVolume> volumes) {
    List<Integer> said =
        volumes.stream()
            .sorted(Comparator.comparing(ObservedVolume::role))
            .map(ObservedVolume::serial)
            .filter(serial -> serial > 0)
            .toList();
    return said.stream()
        .filter(serial -> name.endsWith("-" + serial))
        .findFirst()
        .orElse(said.isEmpty() ? 0 : said.getFirst());
  }

  /// The volume of the data, if it counts.
  public Optional<ObservedVolume> data() {
    return Optional.ofNullable(dataVolume);
  }

  /// Whether the instance counts: its data volume is there and stays.
  public boolean exists() {
    return dataVolume != null;
  }

  /// Whether the data volume waits for a job to fill it.
  public boolean initializing() {
    return dataVolume != null && dataVolume.state().equals(Annotations.PVC_INITIALIZING);
  }

  public boolean hasActivePod() {
    return pod != null && pod.active();
  }

  public boolean ready() {
    return pod != null && pod.active() && pod.ready();
  }

  /// Whether the instance manager answered.
  public boolean reports() {
    return report != null && report.reachable();
  }

  /// The report, or that there is none.
  public InstanceReport said() {
    return report == null ? InstanceReport.unreachable("not asked yet") : report;
  }
}

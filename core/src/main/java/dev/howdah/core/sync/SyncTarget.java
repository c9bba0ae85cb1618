// SPDX-License-Identifier: Apache-2.0
package dev.howdah.core.sync;

import java.util.ArrayList;
import java.util.List;

/// Which standbys should be synchronous now, given what the Cluster asks for and who is there.
public final class SyncTarget {
  private SyncTarget() {}

  /// @param members the cluster's other instances
  /// @param standbys those with a connection; one that streams is ready
  public static SyncConfig of(SyncSpec spec, List<Member> members, List<StandbyStatus> standbys) {
    if (spec.isAsynchronous()) {
      return SyncConfig.ASYNCHRONOUS;
    }
    var ready = ready(spec, members, standbys);
    return spec.required() ? required(spec, ready, members) : available(spec, ready);
  }

  /// Commits wait for `number` standbys, come what may. A standby that is away keeps its place only
  /// while it is needed to make up the number: without it, one vote less is needed after a failure.
  private static SyncConfig required(SyncSpec spec, List<String> ready, List<Member> members) {
    int outside = spec.pre().size() + spec.post().size();
    var own = new ArrayList<>(ready);
    if (own.size() + outside < spec.number() || own.isEmpty()) {
      var away = new ArrayList<String>();
      for (Member member : members) {
        if (!own.contains(member.name()) && electable(spec, member.name())) {
          away.add(member.name());
        }
      }
      away.sort(null);
      own.addAll(away);
    }
    var names = names(spec, own);
    for (int i = 1; names.size() < spec.number() || names.isEmpty(); i++) {
      names.add(i == 1 ? SyncSetPlanner.NOBODY : SyncSetPlanner.NOBODY + "-" + i);
    }
    return new SyncConfig(spec.method(), spec.number(), names);
  }

  /// As many as there are, up to `number`; with the older fields, up to `minimum` when the full
  /// number isn't there.
  private static SyncConfig available(SyncSpec spec, List<String> ready) {
    var names = names(spec, ready);
    int number = spec.number();
    if (names.size() < number) {
      number = Math.min(names.size(), spec.minimum() < spec.number() ? spec.minimum() : number);
    }
    return number == 0 ? SyncConfig.ASYNCHRONOUS : new SyncConfig(spec.method(), number, names);
  }

  private static List<String> ready(
      SyncSpec spec, List<Member> members, List<StandbyStatus> standbys) {
    var ready = new ArrayList<String>();
    for (StandbyStatus standby : standbys) {
      String name = standby.member().name();
      if (standby.streaming() && isMember(members, name) && electable(spec, name)) {
        ready.add(name);
      }
    }
    ready.sort(null);
    return ready;
  }

  private static List<String> names(SyncSpec spec, List<String> own) {
    var names = new ArrayList<String>(spec.pre());
    names.addAll(own.subList(0, Math.min(own.size(), spec.maxFromCluster())));
    names.addAll(spec.post());
    return names;
  }

  private static boolean electable(SyncSpec spec, String name) {
    return spec.electable().isEmpty() || spec.electable().contains(name);
  }

  private static boolean isMember(List<Member> members, String name) {
    for (Member member : members) {
      if (member.name().equals(name)) {
        return true;
      }
    }
    return false;
  }
}

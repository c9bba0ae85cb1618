// SPDX-License-Identifier: Apache-2.0
package dev.howdah.core.leadership;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.howdah.core.leadership.LeaseCodec.LeaseFields;
import dev.howdah.core.sync.Member;
import dev.howdah.core.sync.Quorum;
import dev.howdah.core.wal.Timeline;
import dev.howdah.core.wal.WalPosition;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class CodecTest {
  private static final Identity RUN = new Identity("c-1", "uid/1", "pod/run", "boot");
  private static final LeaseRecord LEASE =
      new LeaseRecord(
          "c-1",
          15_000_000_000L,
          41,
          7,
          RUN,
          Quorum.of(List.of(new Member("c-2", "u2"), Member.remote("other")), 1),
          List.of(RUN.member(), new Member("c-2", "u2")),
          new Timeline(4),
          new Timeline(3),
          WalPosition.of(4, 0x5000028),
          false,
          "",
          "pod/dead",
          List.of("c-1"));

  static List<LeaseRecord> leases() {
    return List.of(
        LEASE,
        LEASE.released(WalPosition.of(4, 0x6000000), "c-2"),
        LEASE.released(WalPosition.NONE, ""),
        LEASE.freedFromTheDead("pod/run"));
  }

  @ParameterizedTest
  @MethodSource("leases")
  void aLeaseSurvivesTheWayThroughItsAnnotations(LeaseRecord lease) {
    assertThat(LeaseCodec.decode(LeaseCodec.encode(lease))).isEqualTo(lease);
  }

  @Test
  void aLeaseOfAnotherToolNamesAHolderWithoutData() {
    var lease = LeaseCodec.decode(new LeaseFields("c-1", 15, 3, Map.of()));

    assertThat(lease.holder()).isEqualTo("c-1");
    assertThat(lease.owner()).isEqualTo(new Identity("c-1", "", "", ""));
    assertThat(lease.quorum()).isEqualTo(Quorum.SAME_DATA_ONLY);
  }

  @Test
  void anEditedAnnotationIsNamed() {
    var annotations = new TreeMap<>(LeaseCodec.encode(LEASE).annotations());
    annotations.put("leadership.howdah.dev/voters", "c-2");

    assertThatIllegalArgumentException()
        .isThrownBy(() -> LeaseCodec.decode(new LeaseFields("c-1", 15, 3, annotations)))
        .withMessageContaining("leadership.howdah.dev/voters");
  }

  static List<PeerMessage> messages() {
    var position = WalPosition.of(2, 77);
    return List.of(
        new PeerMessage.PromiseRequest(RUN, 1, 2, 3),
        new PeerMessage.PromiseReply(RUN, 1, false, "sealed"),
        new PeerMessage.VoteRequest(RUN, 1, "99", position),
        new PeerMessage.VoteReply(RUN, 1, "99", true, position, ""),
        new PeerMessage.ReleaseRequest(RUN, 1, "99", position, "db-2"),
        new PeerMessage.PositionRequest(RUN, -5),
        new PeerMessage.PositionReply(RUN, 1, position, true, 9, 7));
  }

  @ParameterizedTest
  @MethodSource("messages")
  void aMessageSurvivesItsWay(PeerMessage message) {
    assertThat(PeerCodec.decode(PeerCodec.encode(message))).isEqualTo(message);
  }

  @Test
  void whatMustNotBeForgottenSurvivesAFile() {
    var durable = new Durable("uid/1", 7, 7, 41, 7, 4, 4, new Seal("99"));

    assertThat(Durable.fromFields(durable.toFields())).contains(durable);
    assertThat(Durable.fromFields(Durable.NEW.toFields())).contains(Durable.NEW);
  }

  @Test
  void aFileOfAnEarlierVersionIsRead() {
    var fields = new TreeMap<>(new Durable("uid/1", 7, 7, 41, 7, 4, 4, null).toFields());
    fields.remove("led");
    fields.remove("reached");

    assertThat(Durable.fromFields(fields)).contains(new Durable("uid/1", 7, 0, 41, 7, 4, 0, null));
  }

  @Test
  void aTruncatedFileSaysNothing() {
    var fields = new TreeMap<>(new Durable("uid/1", 7, 7, 41, 7, 4, 4, null).toFields());
    fields.remove("claim");

    assertThat(Durable.fromFields(fields)).isEmpty();
  }

  @Test
  void onlyTheIncarnationThatIsProvedDeadLosesTheLease() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> LEASE.freedFromTheDead("pod/another"))
        .withMessageContaining("pod/run");
  }
}

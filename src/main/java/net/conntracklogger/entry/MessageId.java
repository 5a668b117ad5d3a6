// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.entry;

/** The fixed id of each kind of entry. The message catalog explains each (journalctl(1), {@code --catalog}). */
public enum MessageId {
    FLOW_NEW("4f6c1d2be7a34b7c9c1b5f0a7d3e8216"),
    FLOW_END("bb545c9d62464bc5a5b0c1f59dfc0809"),
    FLOW_EXISTING("e211350cabd3428bb800d598b5972655"),
    RECORDS_LOST("b0a9c64d1f5e4a0e8d27c3b96e41f7a5"),
    LOG_COMPLETE("6ef51416fa0d48198f1720cec02f325c"),
    TRACKING_ENABLED("7d20b8f3a96c4e51b4c8e02f5d17a6c9"),
    TRACKING_INACTIVE("e3c571a84b0d4f2c96a7d8f1025b3ce4"),
    TRACKING_ACTIVE("19e4d7c02a6f4b38a5d3c1f7860b92de"),
    CONNTRACK_SYSCTLS_SET("e1feb4720d954553a59ea2d31bcc9c91"),
    CONNTRACK_SYSCTLS_REFUSED("1f9a0511601042309b940c4bdcb85c7e"),
    KERNEL_ATTRIBUTION("5a0de1c8b7734f6d92e86b1f4c3a7d50"),
    KERNEL_ATTRIBUTION_REDUCED("c61f9b27e05d4d8ea43b7c82d9f016e4"),
    KERNEL_RECORDS_SHORT("a94e6d07f2c8463bb1d05c7e38f6a219"),
    SOCKETS_LEFT_OUT("5902c7c08374476bac57cc70a9e24f7b"),
    NAMES_UNKNOWN("8b47d3f1c20e4a96b5f7094e1d6ca83b"),
    NAMES_INCOMPLETE("d05c7e92a1b34f68907be2f6438d1c5a"),
    IDENTITY_REDUCED("c25dfda43de940cca4db1b7db367ae4c"),
    IDENTITY_COMPLETE("c8d1e94209c5497fa0ea8e5896103e5d"),
    WORK_FAILED("6e0c2f4b9d3a4c51a7f2850e1b96d347"),
    CONFIGURATION_RELOADED("46a3a1c7b8d14e7e9f52d08c61b7e3f4"),
    CONFIGURATION_REFUSED("9d71f25e0c4b4b86a3e8571fd2609ac7"),
    CONNTRACK_SYSCTLS_OFF("b32e9c57d4f14c0a8e61a5f07d93b1c8"),
    CONNTRACK_SYSCTLS_ON("5f0d83a6e27b4191bc48d2e7f6a1905d"),
    TABLE_FULL("e80b5d1f3c6a4d72a9f4c71b2e5d8036"),
    TABLE_NOT_FULL("27c4f9e1b8d54a6c90e3d75a1f6b2c48"),
    TRACKING_REMOVED("6e1d94b0f3a74c58a2c7e05b8d4f1936"),
    METRICS_FAILED("f37a0c92d5e84b16b90d4e6c812fa5d7"),
    METRICS_WRITTEN("0b8e4d71a6f34c25831f9c7de5b02a64"),
    ENTRIES_DROPPED("522d64658aad4b4c9092614b70d8c41d"),
    ENTRIES_STORED("356aef4a7ae74c77ad8b309b60b08dfa"),
    PACKET_SOCKET("b6f9308587114926bf87335e71e56069"),
    STATISTICS("d4620e8bf1a94737ac5e0b93d718f62c"),
    ARCHIVE_GAP("2c7f0b9e64d14a1f8e35ab90d6c2f718"),
    ARCHIVE_TRIMMED("6e0d4b3a91f7482cb5a8c07e2f19d364");

    private final String text;

    MessageId(String text) {
        this.text = text;
    }

    /** Returns 32 hexadecimal digits. */
    public String text() {
        return text;
    }
}

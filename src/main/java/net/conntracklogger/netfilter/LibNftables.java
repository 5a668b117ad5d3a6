// SPDX-License-Identifier: GPL-3.0-or-later
package net.conntracklogger.netfilter;

import com.sun.jna.Native;
import com.sun.jna.Pointer;

/** Calls of {@code libnftables.so.1} (libnftables(3)), direct-mapped. */
final class LibNftables {
    /** {@code NFT_CTX_DEFAULT} */
    static final int NFT_CTX_DEFAULT = 0;

    static {
        Native.register(LibNftables.class, "libnftables.so.1");
    }

    private LibNftables() {}

    /** {@code struct nft_ctx *nft_ctx_new(uint32_t flags);} */
    static native Pointer nft_ctx_new(int flags);

    /** {@code void nft_ctx_free(struct nft_ctx *ctx);} */
    static native void nft_ctx_free(Pointer ctx);

    /** {@code int nft_ctx_buffer_error(struct nft_ctx *ctx);} */
    static native int nft_ctx_buffer_error(Pointer ctx);

    /** {@code const char *nft_ctx_get_error_buffer(struct nft_ctx *ctx);} */
    static native String nft_ctx_get_error_buffer(Pointer ctx);

    /** {@code int nft_run_cmd_from_buffer(struct nft_ctx *nft, const char *buf);} */
    static native int nft_run_cmd_from_buffer(Pointer nft, String buf);
}

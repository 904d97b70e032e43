/* Frames that a peer sends, in pieces: the first byte is the size of a piece. */
#include "base/frame.h"
#include "tests/fuzz/fuzz.h"

static bool take_frames(struct frame_decoder *decoder)
{
    struct frame frame;
    enum frame_next next = frame_decoder_next(decoder, &frame);
    while (next == FRAME_COMPLETE) {
        json_decref(frame_json(&frame));
        next = frame_decoder_next(decoder, &frame);
    }
    return next == FRAME_INCOMPLETE;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct frame_decoder decoder;
    struct reader input = reader_of(bytes, size);
    uint8_t piece_max = 0;
    bool goes_on = get_u8(&input, &piece_max);
    frame_decoder_init(&decoder);
    while (goes_on && input.left > 0) {
        const uint8_t *piece = NULL;
        size_t piece_size = input.left < (size_t)piece_max + 1 ? input.left : (size_t)piece_max + 1;
        goes_on = get_bytes_direct(&input, piece_size, &piece) &&
                  frame_decoder_feed(&decoder, piece, piece_size) && take_frames(&decoder);
    }
    frame_decoder_free(&decoder);
    return 0;
}

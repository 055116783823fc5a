"""Makes a tiny language model of known answers, without any network: make_tiny_model.py <directory>.

One character is one token. Every token is followed by the next letter of the alphabet, at any temperature:

- "ab" is answered by "cdef…z", then the end (finish_reason "stop");
- "1" by "23456789012…", which never ends (finish_reason "length");
- any other character, and any chat, by "abc…z", then the end.
"""

import itertools
import string
import sys

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

CONTEXT = 8192
SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
TEMPLATE = (
    "{% for m in messages %}<|im_start|>{{ m['role'] }}\n{{ m['content'] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
#: Logit of the right token; all others have 0.
CERTAIN = 32.0


def make_tokenizer() -> PreTrainedTokenizerFast:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    # the 256 bytes and the special tokens leave no room for merges
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=256 + len(SPECIAL), special_tokens=SPECIAL, initial_alphabet=alphabet, show_progress=False)
    tokenizer.train_from_iterator(["any text"], trainer)
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        eos_token="<|im_end|>",
        pad_token="<|endoftext|>",
        model_max_length=CONTEXT,
        clean_up_tokenization_spaces=False,
    )
    fast.chat_template = TEMPLATE
    return fast


def followers(tokenizer: PreTrainedTokenizerFast, size: int) -> list[int]:
    """The token after each token."""

    def encode(character: str) -> int:
        return int(tokenizer.encode(character, add_special_tokens=False)[0])

    letters, digits = string.ascii_lowercase, string.digits
    after = {encode(letter): encode(following) for letter, following in itertools.pairwise(letters)}
    after[encode("z")] = tokenizer.eos_token_id
    after |= {encode(digit): encode(digits[(index + 1) % 10]) for index, digit in enumerate(digits)}
    return [after.get(token, encode("a")) for token in range(size)]


def make_model(tokenizer: PreTrainedTokenizerFast) -> LlamaForCausalLM:
    size = (len(tokenizer) + 63) // 64 * 64
    config = LlamaConfig(
        vocab_size=size,
        hidden_size=64,
        intermediate_size=128,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=2,
        max_position_embeddings=CONTEXT,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
        bos_token_id=None,
        tie_word_embeddings=False,
    )
    model = LlamaForCausalLM(config).to(torch.bfloat16)
    after = followers(tokenizer, size)
    # 37 of them, so that each has one of the 64 dimensions for itself
    axes = {token: axis for axis, token in enumerate(sorted(set(after)))}
    with torch.no_grad():
        # layers that add nothing: what a token is embedded as comes out as it is
        for layer in model.model.layers:
            layer.self_attn.o_proj.weight.zero_()
            layer.mlp.down_proj.weight.zero_()
        model.model.embed_tokens.weight.zero_()
        model.lm_head.weight.zero_()
        for token, follower in enumerate(after):
            model.model.embed_tokens.weight[token, axes[follower]] = 1.0
        # the last norm makes a one of 64 dimensions an 8
        for token, axis in axes.items():
            model.lm_head.weight[token, axis] = CERTAIN / 8
    return model


if __name__ == "__main__":
    torch.manual_seed(0)
    directory = sys.argv[1]
    tokenizer = make_tokenizer()
    tokenizer.save_pretrained(directory)
    make_model(tokenizer).save_pretrained(directory, safe_serialization=True)
